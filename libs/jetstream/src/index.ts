export { toPark, type BusMessage, type MessageToPark } from './bus/bus-message.ts';
export { connectBus, type Bus, type BusOptions, type BusStatus } from './bus/connect-bus.ts';
export type { Fault, OnFault } from './bus/faults.ts';
export { ensureStreams, eventsStream, intakeStream, type EnsureStreamsOptions, type Streams } from './bus/streams.ts';
export {
  cdEventsPrefix,
  cloudEventType,
  eventsPrefix,
  eventSubject,
  hintsPrefix,
  hintSubject,
  intakeSubject,
} from './bus/subjects.ts';
export { CarryFaults, terminalFault, type CarriedFault } from './consume/fates.ts';
export { JetStreamContext, JetStreamStrategy, type JetStreamStrategyOptions } from './consume/jetstream-strategy.ts';
export { Hints, type HintsOptions } from './hints/hints.ts';
export {
  decodeIntake,
  deployRequestedType,
  messageIdSource,
  sequenceSource,
  type Intake,
  type IntakeOrigin,
  type IntakeProblem,
} from './intake/decode-intake.ts';
export { decodeHeaderValue, encodeHeaderValue } from './intake/header-value.ts';
export { bodyDigest, deploymentId, deploymentNamespace, type Origin } from './intake/identity.ts';
export { publishRequest, type PublishedRequest, type RequestToPublish } from './intake/publish-request.ts';
export { uuidV5 } from './intake/uuid-v5.ts';
export { cdEventTypes, type CdEventType } from './relay/cd-events.ts';
export type { StreamMark } from './relay/publisher.ts';
export { runRelay, type RelayCheckpoint, type RelayOptions } from './relay/relay.ts';
