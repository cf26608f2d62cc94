import type { Cursor, EventStore, Projection, ProjectionSink, ProjectorSink } from '@backstay/event-sourcing';
import type { Pool } from '../connect.ts';
import type { Retry } from '../faults.ts';
import { inTransaction } from '../transaction.ts';
import { rebuild, type RebuildOptions } from './rebuild.ts';
import { projectionSink, ServingSink } from './serving-sink.ts';
import {
  repliesStatement,
  limitOf,
  listStatement,
  rowsStatement,
  writeCursor,
  type ListQuery,
  type Statement,
} from './view-query.ts';

export interface ViewRow<Body = unknown> {
  readonly key: string;
  readonly body: Body;
  /** Cursor of the batch that wrote this row last. */
  readonly cursor: Cursor;
}

/** A row as it is returned: as JSON text where its body says `fold.complete`, without `fold`; else as it is. */
export type ReplyRow<Body = unknown> = { readonly key: string } & (
  | { readonly text: string }
  | { readonly text: null; readonly body: Body }
);

export interface Tagged {
  /** A top-level field of the body, as text. */
  readonly tag: string | null;
}

export interface Page<Row> {
  readonly rows: readonly Row[];
  /** For the next page; null on the last one. */
  readonly next: string | null;
}

export type ViewPage<Body = unknown> = Page<ViewRow<Body>>;

/** Read models: rows of JSON under a key, each projection with a checkpoint of its own. Can be deleted and rebuilt at any time. */
export class ViewStore {
  readonly #pool: Pool;
  readonly #retry: Retry;

  constructor(pool: Pool, retry: Retry = {}) {
    this.#pool = pool;
    this.#retry = retry;
  }

  /**
   * Where a projector writes. Several may run for one projection: each commit but the first at a checkpoint throws
   * `StaleProjector`, after which the projector begins again with a new call of `checkpoints`.
   */
  sinkOf(projections: readonly string[]): ProjectorSink {
    return new ServingSink(this.#pool, projections, this.#retry);
  }

  /** As `sinkOf`, for one projection. */
  sink(projection: string): ProjectionSink {
    return projectionSink(new ServingSink(this.#pool, [projection], this.#retry), projection);
  }

  /** The row that is served, or null. */
  async get<Body = unknown>(projection: string, key: string): Promise<ViewRow<Body> | null> {
    const [row] = await this.getAll<Body>(projection, [key]);
    return row ?? null;
  }

  /** The rows under these keys that there are, in no order. */
  async getAll<Body = unknown>(projection: string, keys: readonly string[]): Promise<readonly ViewRow<Body>[]> {
    if (keys.length === 0) return [];
    return (await this.#pool.query<ViewRow<Body>>(rowsStatement(projection, keys))).rows;
  }

  /** The rows under these keys as they are returned, in no order. @param tag a top-level field that is read beside each */
  async repliesOf<Body = unknown>(
    projection: string,
    keys: readonly string[],
    tag: string | null = null,
  ): Promise<readonly (ReplyRow<Body> & Tagged)[]> {
    return (await this.#pool.query<ReplyRow<Body> & Tagged>(repliesStatement(projection, keys, tag))).rows;
  }

  /** The row under this key as it is returned, or null. */
  async reply<Body = unknown>(
    projection: string,
    key: string,
    tag: string | null = null,
  ): Promise<(ReplyRow<Body> & Tagged) | null> {
    const [row] = await this.repliesOf<Body>(projection, [key], tag);
    return row ?? null;
  }

  /** @throws {InvalidCursor} @throws {TypeError} on a field name that none can have. */
  async list<Body = unknown>(projection: string, query: ListQuery = {}): Promise<ViewPage<Body>> {
    return this.#page<ViewRow<Body>>(listStatement(projection, query), query);
  }

  /** As `list`, the rows as they are returned. */
  async replies<Body = unknown>(projection: string, query: ListQuery = {}): Promise<Page<ReplyRow<Body>>> {
    return this.#page<ReplyRow<Body>>(listStatement(projection, query, 'reply'), query);
  }

  async #page<Row extends { readonly key: string }>(statement: Statement, query: ListQuery): Promise<Page<Row>> {
    const { rows: found } = await this.#pool.query<Row & { sort: string }>(statement);
    const rows = found.slice(0, limitOf(query));
    const last = rows.at(-1);
    return { rows, next: found.length > rows.length && last !== undefined ? writeCursor(last.sort, last.key) : null };
  }

  /** The checkpoint of what is served; null before the first batch. */
  async checkpoint(projection: string): Promise<Cursor | null> {
    const sql = 'SELECT cursor FROM backstay.view_checkpoints WHERE projection = $1 AND active';
    const { rows } = await this.#pool.query<{ cursor: Cursor | null }>(sql, [projection]);
    return rows[0]?.cursor ?? null;
  }

  /** The checkpoints of those that are served; null before the first batch. */
  async checkpoints(projections: readonly string[]): Promise<ReadonlyMap<string, Cursor | null>> {
    const sql =
      'SELECT projection, cursor FROM backstay.view_checkpoints WHERE projection = ANY($1::text[]) AND active';
    const { rows } = await this.#pool.query<{ projection: string; cursor: Cursor | null }>(sql, [projections]);
    return new Map(rows.map(({ projection, cursor }) => [projection, cursor]));
  }

  /** Builds the projection anew from all events while the old rows are served, then switches at once. Of two at a time the later wins. */
  rebuild(projection: Projection, store: Pick<EventStore, 'readAll'>, options: RebuildOptions = {}): Promise<void> {
    return rebuild(this.#pool, projection, store, options);
  }

  /** Removes rows and checkpoint: the next projector begins with the first event. */
  async drop(projection: string): Promise<void> {
    await inTransaction(this.#pool, async (client) => {
      await client.query('DELETE FROM backstay.view_checkpoints WHERE projection = $1', [projection]);
      await client.query('DELETE FROM backstay.view_rows WHERE projection = $1', [projection]);
    });
  }
}
