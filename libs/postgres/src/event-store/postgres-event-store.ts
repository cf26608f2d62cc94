import type {
  Append,
  Appended,
  Cursor,
  EventStore,
  Fact,
  ReadOptions,
  RecordedEvent,
  SubscribeOptions,
} from '@backstay/event-sourcing';
import type { Pool } from '../connect.ts';
import { ignoreFault, retrying, type OnFault, type Retry } from '../faults.ts';
import { AppendQueue } from './append-queue.ts';
import { Bell } from './bell.ts';
import { placeOf } from './cursor.ts';
import { checkPlaces, recordedEvent, selectedColumns, type EventRow } from './event-row.ts';
import { appendNothing } from './insert.ts';
import { readerLag, type ReaderLag } from './reader-lag.ts';

const readSql = `
  SELECT ${selectedColumns} FROM backstay.events e
  WHERE e.stream = $1 AND e.version BETWEEN $2 AND $3 ORDER BY e.version`;

const pageSql = `
  SELECT ${selectedColumns} FROM backstay.events e
  WHERE (e.tx, e.position) > ($1::xid8, $2::bigint) AND e.tx < pg_snapshot_xmin(pg_current_snapshot())
  ORDER BY e.tx, e.position LIMIT $3`;

const lastVersion = 2 ** 31 - 1;

export interface PostgresEventStoreOptions {
  /** Milliseconds between two looks of a subscriber that hears of nothing; default 200, five times that while others can be heard. */
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
  readonly #pollMs: number;
  readonly #retry: Retry;
  readonly #bell: Bell;
  readonly #appends: AppendQueue;

  /** @param pool stays the caller's: `close` leaves it open */
  constructor(pool: Pool, { pollMs = 200, retry = {}, onFault = ignoreFault }: PostgresEventStoreOptions = {}) {
    this.#pool = pool;
    this.#pollMs = pollMs;
    this.#retry = { ...retry, onFault };
    this.#bell = new Bell(pool, onFault);
    this.#appends = new AppendQueue(pool, this.#retry, () => this.#bell.ring());
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

  async read<Event extends Fact = Fact>(
    stream: string,
    { from = 1, to = lastVersion }: ReadOptions = {},
  ): Promise<RecordedEvent<Event>[]> {
    const events = await this.#select(
      'read',
      { name: 'backstay-read', text: readSql, values: [stream, from, to] },
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
    this.#bell.open();
    const retry: Retry = { ...this.#retry, attempts: Infinity, signal };
    let cursor = after;
    let pauseMs = 1;
    while (!signal.aborted) {
      const { strokes } = this.#bell;
      const batch = await this.#page(cursor, batchSize, retry).catch((error: unknown) =>
        emptyWhenAborted(signal, error),
      );
      const last = batch.at(-1);
      if (last === undefined) {
        // What was rung for may be hidden for a moment by another transaction: look again soon, then less and less often.
        const rung = await this.#bell.wait(strokes, pauseMs, signal);
        pauseMs = rung ? 1 : Math.min(pauseMs * 2, this.#longestPauseMs);
      } else if (!signal.aborted) {
        yield batch;
        cursor = last.cursor;
        pauseMs = 1;
      }
    }
  }

  /** What is committed and hidden from readers, and by whom. */
  lag(): Promise<ReaderLag> {
    return readerLag(this.#pool);
  }

  /** Ends the connection on which it listens. Subscriptions are ended by their own signals. */
  close(): Promise<void> {
    return this.#bell.close();
  }

  get #longestPauseMs(): number {
    return this.#bell.listening ? this.#pollMs * 5 : this.#pollMs;
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
