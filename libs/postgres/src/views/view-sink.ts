import type { Cursor, ProjectionSink, Row } from '@backstay/event-sourcing';
import type { Queryable } from '../connect.ts';
import { StaleProjector } from './stale-projector.ts';
import { bodyText } from './view-body.ts';

// One statement is one transaction: rows change only together with a checkpoint that is still where this projector left it.
const commitSql = `
  WITH moved AS (
    UPDATE backstay.view_checkpoints SET cursor = $4
    WHERE projection = $1 AND generation = $2 AND cursor IS NOT DISTINCT FROM $3 RETURNING 1
  ), removed AS (
    DELETE FROM backstay.view_rows r USING (SELECT $1::text AS projection, $2::int AS generation, unnest($5::text[]) AS key) g
    WHERE r.projection = g.projection AND r.generation = g.generation AND r.key = g.key AND EXISTS (SELECT FROM moved)
  ), written AS (
    INSERT INTO backstay.view_rows (projection, generation, key, body, cursor)
    SELECT $1, $2, r.key, r.body::jsonb, $4 FROM unnest($6::text[], $7::text[]) AS r(key, body) WHERE EXISTS (SELECT FROM moved)
    ON CONFLICT (projection, generation, key) DO UPDATE SET body = EXCLUDED.body, cursor = EXCLUDED.cursor
  )
  SELECT FROM moved`;

// As for the rows that are served: looked up one by one, also while there are no statistics.
const loadSql = `
  SELECT r.key, r.body FROM (SELECT $1::text AS projection, $2::int AS generation, unnest($3::text[]) AS key) AS wanted
  JOIN backstay.view_rows r USING (projection, generation, key)`;

const checkpointSql = 'SELECT cursor FROM backstay.view_checkpoints WHERE projection = $1 AND generation = $2';

/** Writes one generation of one projection. Of two that write at the same time, one gets `StaleProjector`. */
export class GenerationSink implements ProjectionSink {
  readonly #database: Queryable;
  readonly #projection: string;
  readonly #generation: number;
  #cursor: Cursor | null = null;

  constructor(database: Queryable, projection: string, generation: number, cursor: Cursor | null = null) {
    this.#database = database;
    this.#projection = projection;
    this.#generation = generation;
    this.#cursor = cursor;
  }

  get cursor(): Cursor | null {
    return this.#cursor;
  }

  /** @throws {StaleProjector} when this generation is gone. */
  async checkpoint(): Promise<Cursor | null> {
    const stored = await this.#stored();
    if (stored === undefined) throw new StaleProjector(this.#projection);
    return (this.#cursor = stored);
  }

  async load(keys: readonly string[]): Promise<ReadonlyMap<string, unknown>> {
    if (keys.length === 0) return new Map();
    const { rows } = await this.#database.query<Row>(loadSql, [this.#projection, this.#generation, keys]);
    return new Map(rows.map(({ key, body }) => [key, body]));
  }

  /** @throws {StaleProjector} and then nothing was written. */
  async commit(rows: readonly Row[], checkpoint: Cursor): Promise<void> {
    const removed = rows.filter(({ body }) => body === null).map(({ key }) => key);
    const written = rows.filter(({ body }) => body !== null);
    const keys = written.map(({ key }) => key);
    const bodies = written.map(({ body }) => bodyText(body));
    const place = [this.#projection, this.#generation, this.#cursor, checkpoint];
    const { rowCount } = await this.#database.query(commitSql, [...place, removed, keys, bodies]);
    // A commit whose reply got lost has already moved the checkpoint to where this one wants it: from equal events, to equal rows.
    if (rowCount === 0 && (await this.#stored()) !== checkpoint) throw new StaleProjector(this.#projection);
    this.#cursor = checkpoint;
  }

  async #stored(): Promise<Cursor | null | undefined> {
    const { rows } = await this.#database.query<{ cursor: Cursor | null }>(checkpointSql, [
      this.#projection,
      this.#generation,
    ]);
    return rows[0]?.cursor;
  }
}
