export { canonicalJson, type Json } from './canonical-json.ts';
export {
  AggregateRepository,
  CommandQueueFull,
  UnknownEvent,
  type Aggregate,
  type AppendedEvents,
  type CommandContext,
  type Folded,
  type Handled,
  type RepositoryPorts,
  type TraceAppend,
  type TracedAppend,
} from './aggregate-repository.ts';
export { Rejection, type Decider } from './decider.ts';
export type { Actor, CommandMetadata, Cursor, DomainEvent, RecordedEvent, SealedEvent } from './event.ts';
export {
  VersionConflict,
  type Append,
  type Appended,
  type EventStore,
  type CorrelatedOptions,
  type ReadOptions,
  type SubscribeOptions,
} from './event-store.ts';
export { asStored, emptyHead, firstBrokenLink, linkHash, seal, type Digest, type Head } from './hash-chain.ts';
export { InMemoryEventStore } from './in-memory-event-store.ts';
export { projectBatch, type Projection, type ProjectionSink, type Row } from './projection.ts';
export { Projector, type ProjectedRow, type ProjectorPorts, type ProjectorSink } from './projector.ts';
export { SharedSubscription, type SharedSubscriptionOptions } from './shared-subscription.ts';
export { InMemorySnapshotStore, type Snapshot, type SnapshotStore } from './snapshot-store.ts';
export { parseStreamName, streamName, type StreamName } from './stream-name.ts';
export { UpcastingEventStore, type Upcast } from './upcasting-event-store.ts';
