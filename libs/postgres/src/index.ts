export { BlobTooLarge, Blobs, largestBlobBytes } from './blobs.ts';
export { connect, redacted, type ConnectOptions, type Pool } from './connect.ts';
export { AppendQueueFull } from './event-store/append-queue.ts';
export { PostgresEventStore, type PostgresEventStoreOptions } from './event-store/postgres-event-store.ts';
export type { ReaderLag } from './event-store/reader-lag.ts';
export { isTransient, retrying, type Fault, type OnFault, type Retry } from './faults.ts';
export { IdempotencyKeys, type Begun, type IdempotencyKeysOptions, type StoredResponse } from './idempotency-keys.ts';
export {
  deploymentsInWorkspaces,
  KeptRows,
  keptRowsKinds,
  openDeployments,
  type KeptRow,
  type KeptRowsKind,
} from './kept-rows.ts';
export {
  LeaseKeeper,
  LeaseLost,
  type HeldLease,
  type LeaseKeeperOptions,
  type Take,
  type Timers,
} from './leases/lease-keeper.ts';
export { cleanRecord, Leases, type Acquired, type Acquisition, type Lease, type LeaseRecord } from './leases/leases.ts';
export { migrate, prepareSchema } from './migrate.ts';
export { SchemaNotReady } from './service-role.ts';
export {
  ParkedMessages,
  type MessageToPark,
  type ParkedMessage,
  type ParkedMessageSummary,
} from './parked-messages.ts';
export { PendingWork, workLease, type DueWork, type PendingChange, type PendingLook } from './pending-work.ts';
export { Snapshots } from './snapshots.ts';
export type { RebuildOptions } from './views/rebuild.ts';
export { StaleProjector } from './views/stale-projector.ts';
export { InvalidCursor, type ListQuery, type Wanted } from './views/view-query.ts';
export { ViewStore, type ReplyRow, type Page, type ViewPage, type ViewRow } from './views/view-store.ts';
export { WriteProbe, type WriteProbeOptions } from './write-probe.ts';
