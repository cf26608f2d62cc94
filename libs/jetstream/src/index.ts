export {
  accessOfPublisher,
  accessOfServices,
  inboxOf,
  intakeConsumer,
  serviceNames,
  type Access,
  type ServiceName,
} from './access/access.ts';
export type { Credentials } from './access/authenticator.ts';
export { accountsFile, keepKeys, seedFile, type KeptKeys, type KeyHolder, type WantedKeys } from './access/keys.ts';
export { toPark, type BusMessage, type MessageToPark } from './bus/bus-message.ts';
export { connectBus, type Bus, type BusOptions, type BusStatus } from './bus/connect-bus.ts';
export type { Fault, OnFault } from './bus/faults.ts';
export {
  ensureStream,
  ensureStreams,
  eventsStream,
  intakeStream,
  type EnsureStreamsOptions,
  type Streams,
} from './bus/streams.ts';
export {
  cdEventsPrefix,
  cloudEventType,
  eventsPrefix,
  eventSubject,
  intakeSubject,
  wakePattern,
  wakePrefix,
  wakeSubject,
} from './bus/subjects.ts';
export { RemoteErrorFilter, terminalFault, type RemoteError } from './consume/remote-error.ts';
export { BusStrategy, JetStreamContext, type BusStrategyOptions } from './consume/bus-strategy.ts';
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
export { isPublisherName, subjectOfPublisher } from './intake/publisher.ts';
export {
  publishAndHear,
  publishRequest,
  type HeardRequest,
  type PublishedRequest,
  type RequestToPublish,
} from './intake/publish-request.ts';
export { replyHeader, replySubject, type IntakeReply } from './intake/reply.ts';
export { cdEventTypes, type CdEventType } from './relay/cd-events.ts';
export type { StreamMark } from './relay/publisher.ts';
export { runRelay, type RelayCheckpoint, type RelayOptions } from './relay/relay.ts';
export { readWakeUp, WakeUps, type WakeUp, type WakeUpsOptions } from './wake/wake-up.ts';
