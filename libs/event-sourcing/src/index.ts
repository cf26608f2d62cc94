export { canonicalJson, type Json } from './canonical-json.ts';
export { CommandHandler, type CommandHandlerPorts, type Folded, type Handled } from './command-handler.ts';
export { Rejection, type Decider } from './decider.ts';
export type { Actor, CommandMetadata, Cursor, Fact, RecordedEvent, SealedEvent } from './event.ts';
export {
  VersionConflict,
  type Append,
  type Appended,
  type EventStore,
  type ReadOptions,
  type SubscribeOptions,
} from './event-store.ts';
export { emptyHead, firstBrokenLink, linkHash, seal, type Digest, type Head } from './hash-chain.ts';
export { InMemoryEventStore } from './in-memory-event-store.ts';
export { projectBatch, runProjection, type Projection, type ProjectionSink, type Row } from './projection.ts';
