export { clientLike, connect, redacted, type ConnectOptions, type Pool, type Queryable } from './connect.ts';
export { AppendQueueFull } from './event-store/append-queue.ts';
export { PostgresEventStore, type PostgresEventStoreOptions } from './event-store/postgres-event-store.ts';
export type { ReaderLag } from './event-store/reader-lag.ts';
export { isTransient, retrying, type Fault, type OnFault, type Retry } from './faults.ts';
export { migrate } from './migrate.ts';
