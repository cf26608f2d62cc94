import { setTimeout as sleep } from 'node:timers/promises';
import type {
  CorrelatedOptions,
  Append,
  Appended,
  Cursor,
  EventStore,
  DomainEvent,
  ReadOptions,
  RecordedEvent,
  SubscribeOptions,
} from '@backstay/event-sourcing';
import type { Pool } from '../connect.ts';
import { ignoreFault, retrying, type OnFault, type Retry } from '../faults.ts';
import { AppendQueue } from './append-queue.ts';
import { AppendNotifier } from './append-notifier.ts';
import { compareCursors, placeOf, sortKey } from './cursor.ts';
import { checkPlaces, recordedEvent, selectedColumns, type EventRow } from './event-row.ts';
import { appendNothing } from './insert.ts';
import { readerLag, type ReaderLag } from './reader-lag.ts';

const readSql = `
  SELECT ${selectedColumns} FROM backstay.events e
  WHERE e.stream = $1 AND e.version BETWEEN $2 AND $3 ORDER BY e.version LIMIT $4`;

const pageSql = `
  SELECT ${selectedColumns} FROM backstay.events e
  WHERE (e.tx, e.position) > ($1::xid8, $2::bigint) AND e.tx < pg_snapshot_xmin(pg_current_snapshot())
  ORDER BY e.tx, e.position LIMIT $3`;

// What the streams named after a correlation hold is found by their names, all else by an index that holds nothing but that: so
// that an append of the one kind costs no index more. The conditions are those of the indexes, word by word.
const idOf = (stream: string) => `substr(${stream}, strpos(${stream}, '-') + 1)`;
const isOfCategory = (stream: string) => `($5::text IS NULL OR starts_with(${stream}, $5 || '-'))`;

const correlatedSql = `
  WITH own AS MATERIALIZED (
    SELECT * FROM backstay.events e
    WHERE e.correlation = $1 AND e.stream = ANY (ARRAY(
      SELECT s.stream FROM backstay.events s WHERE s.version = 1 AND ${idOf('s.stream')} = $1 AND ${isOfCategory('s.stream')}))
  ), elsewhere AS MATERIALIZED (
    SELECT * FROM backstay.events e
    WHERE e.correlation = $1 AND e.correlation <> ${idOf('e.stream')} AND (e.tx, e.position) > ($2::xid8, $3::bigint)
      AND ${isOfCategory('e.stream')}
    ORDER BY e.tx, e.position LIMIT $4
  )
  SELECT ${selectedColumns} FROM (SELECT * FROM own UNION ALL SELECT * FROM elsewhere) e
  WHERE (e.tx, e.position) > ($2::xid8, $3::bigint) AND e.tx < pg_snapshot_xmin(pg_current_snapshot())
  ORDER BY e.tx, e.position LIMIT $4`;

export function correlatedStatement(
  correlation: string,
  after: Cursor | null,
  limit: number,
  { category }: CorrelatedOptions = {},
) {
  const { tx, position } = placeOf(after);
  return {
    name: 'backstay-correlated',
    text: correlatedSql,
    values: [correlation, tx, position, limit, category ?? null],
  };
}

const countSql = `
  SELECT count(*)::int AS events FROM (
    SELECT FROM backstay.events e
    WHERE (e.tx, e.position) > ($1::xid8, $2::bigint) AND e.tx < pg_snapshot_xmin(pg_current_snapshot())
    ORDER BY e.tx, e.position LIMIT $3) behind`;

const headSql = `
  SELECT e.tx::text || '-' || e.position AS cursor FROM backstay.events e
  WHERE e.tx < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY e.tx DESC, e.position DESC LIMIT 1`;

const lastVersion = 2 ** 31 - 1;
/** Pages that follow one another have this between them at least, so that a burst of appends is read together. */
const betweenPagesMs = 4;
/** What was notified and is still hidden by another transaction is looked for again after this, then later each time. */
const hiddenMs = 1;

export interface PostgresEventStoreOptions {
  /** Milliseconds between two reads of a subscription without a notification; default 200, five times that while it listens. */
  readonly pollMs?: number;
  /** How appends and reads outlast a passing failure. Subscriptions outlast any. */
  readonly retry?: Pick<Retry, 'attempts' | 'firstDelayMs' | 'longestDelayMs'>;
  /** Hears of passing failures. */
  readonly onFault?: OnFault;
}

/**
 * The event store on PostgreSQL: one statement an append. Events are read in the order of their transactions, below the
 * oldest that still runs, so that no event appears behind a cursor. Cursors read `transaction-position` and are opaque.
 */
export class PostgresEventStore implements EventStore {
  readonly #pool: Pool;
  readonly #unheardPollMs: number;
  readonly #retry: Retry;
  readonly #notifier: AppendNotifier;
  readonly #appends: AppendQueue;

  /** @param pool stays the caller's: `close` leaves it open */
  constructor(pool: Pool, { pollMs = 200, retry = {}, onFault = ignoreFault }: PostgresEventStoreOptions = {}) {
    this.#pool = pool;
    this.#unheardPollMs = pollMs;
    this.#retry = { ...retry, onFault };
    this.#notifier = new AppendNotifier(pool, onFault);
    this.#appends = new AppendQueue(pool, this.#retry, (cursor) => this.#notifier.notify(cursor));
  }

  /**
   * @throws {VersionConflict} @throws {AppendQueueFull}
   * @throws {TypeError} when the events were sealed for another place.
   */
  async append(append: Append): Promise<Appended> {
    checkPlaces(append);
    if (append.events.length > 0) return this.#appends.append(append);
    return retrying('append', this.#retry, () => appendNothing(this.#pool, append));
  }

  async read<Event extends DomainEvent = DomainEvent>(
    stream: string,
    { from = 1, to = lastVersion, limit }: ReadOptions = {},
  ): Promise<RecordedEvent<Event>[]> {
    const events = await this.#select(
      'read',
      { name: 'backstay-read', text: readSql, values: [stream, from, to, limit ?? null] },
      this.#retry,
    );
    return events as RecordedEvent<Event>[];
  }

  async readAll(after: Cursor | null, limit: number): Promise<RecordedEvent[]> {
    return this.#page(after, limit, this.#retry);
  }

  async *subscribe({
    after = null,
    signal,
    batchSize = 500,
  }: SubscribeOptions): AsyncIterable<readonly RecordedEvent[]> {
    this.#notifier.open();
    const retry: Retry = { ...this.#retry, attempts: Infinity, signal };
    let cursor = after;
    let pauseMs = hiddenMs;
    while (!signal.aborted) {
      const { sequence } = this.#notifier;
      const batch = await this.#page(cursor, batchSize, retry).catch((error: unknown) =>
        emptyWhenAborted(signal, error),
      );
      const readAt = performance.now();
      const last = batch.at(-1);
      if (last !== undefined && !signal.aborted) {
        yield batch;
        cursor = last.cursor;
        pauseMs = hiddenMs;
        if (batch.length === batchSize) continue;
        await this.#pause(readAt + betweenPagesMs - performance.now(), signal);
        if (!this.#notifier.expectsBehind(cursor)) await this.#notifier.wait(sequence, this.#pollMs, signal);
      } else if (this.#notifier.expectsBehind(cursor)) {
        // Hidden for a moment by an older transaction that still runs.
        await this.#pause(pauseMs, signal);
        pauseMs = Math.min(pauseMs * 2, this.#pollMs);
      } else {
        await this.#notifier.wait(sequence, this.#pollMs, signal);
      }
    }
  }

  readCorrelated(
    correlation: string,
    after: Cursor | null,
    limit: number,
    options?: CorrelatedOptions,
  ): Promise<RecordedEvent[]> {
    return this.#select('read correlated', correlatedStatement(correlation, after, limit, options), this.#retry);
  }

  async countBehind(after: Cursor | null, upTo: number): Promise<number> {
    const { tx, position } = placeOf(after);
    const query = { name: 'backstay-count-behind', text: countSql, values: [tx, position, upTo] };
    const { rows } = await retrying('count behind', this.#retry, () => this.#pool.query<{ events: number }>(query));
    return rows[0]?.events ?? 0;
  }

  async head(): Promise<Cursor | null> {
    const query = { name: 'backstay-head', text: headSql };
    const { rows } = await retrying('read head', this.#retry, () => this.#pool.query<{ cursor: Cursor }>(query));
    return rows[0]?.cursor ?? null;
  }

  compareCursors(one: Cursor, other: Cursor): number {
    return compareCursors(one, other);
  }

  sortKey(cursor: Cursor): string {
    return sortKey(cursor);
  }

  /** What is committed and hidden from readers, and by whom. */
  lag(): Promise<ReaderLag> {
    return readerLag(this.#pool);
  }

  /** Ends the connection on which it listens. Subscriptions are ended by their own signals. */
  close(): Promise<void> {
    return this.#notifier.close();
  }

  get #pollMs(): number {
    return this.#notifier.isListening ? this.#unheardPollMs * 5 : this.#unheardPollMs;
  }

  async #pause(milliseconds: number, signal: AbortSignal): Promise<void> {
    if (milliseconds > 0) await sleep(milliseconds, undefined, { signal }).catch(() => {});
  }

  #page(after: Cursor | null, limit: number, retry: Retry): Promise<RecordedEvent[]> {
    const { tx, position } = placeOf(after);
    return this.#select('read all', { name: 'backstay-page', text: pageSql, values: [tx, position, limit] }, retry);
  }

  async #select(
    operation: string,
    query: { name: string; text: string; values: unknown[] },
    retry: Retry,
  ): Promise<RecordedEvent[]> {
    const { rows } = await retrying(operation, retry, () => this.#pool.query<EventRow>(query));
    return rows.map(recordedEvent);
  }
}

function emptyWhenAborted(signal: AbortSignal, error: unknown): RecordedEvent[] {
  if (signal.aborted) return [];
  throw error;
}
