import type { Cursor, ProjectedRow, ProjectionSink, ProjectorSink } from '@backstay/event-sourcing';
import type { Pool } from '../connect.ts';
import { retrying, type Retry } from '../faults.ts';
import { StaleProjector } from './stale-projector.ts';
import { bodyText } from './view-body.ts';

// Of a projection that is new here this begins generation 1.
const checkpointsSql = `
  WITH begun AS (
    INSERT INTO backstay.view_checkpoints (projection, generation, active)
    SELECT p.name, 1, true FROM unnest($1::text[]) AS p(name)
    WHERE NOT EXISTS (SELECT FROM backstay.view_checkpoints c WHERE c.projection = p.name AND c.active)
    ON CONFLICT DO NOTHING RETURNING projection, generation, cursor
  )
  SELECT projection, generation, cursor FROM begun
  UNION ALL
  SELECT projection, generation, cursor FROM backstay.view_checkpoints WHERE projection = ANY($1::text[]) AND active`;

const loadSql = `
  SELECT r.projection, r.key, r.body
  FROM unnest($1::text[], $2::int[], $3::text[]) AS wanted(projection, generation, key)
  JOIN backstay.view_rows r USING (projection, generation, key)`;

// One statement is one transaction: rows change only together with checkpoints that are all where this projector left them.
const commitSql = `
  WITH own AS (
    SELECT * FROM unnest($1::text[], $2::int[], $3::text[]) AS o(projection, generation, cursor)
  ), standing AS (
    SELECT c.projection FROM backstay.view_checkpoints c JOIN own o USING (projection, generation)
    WHERE c.cursor IS NOT DISTINCT FROM o.cursor ORDER BY c.projection FOR UPDATE OF c
  ), complete AS (
    SELECT FROM own HAVING count(*) = (SELECT count(*) FROM standing)
  ), moved AS (
    UPDATE backstay.view_checkpoints c SET cursor = $4 FROM own o
    WHERE c.projection = o.projection AND c.generation = o.generation AND EXISTS (SELECT FROM complete) RETURNING 1
  ), given AS (
    SELECT * FROM unnest($5::text[], $6::int[], $7::text[], $8::text[]) AS g(projection, generation, key, body)
    WHERE EXISTS (SELECT FROM complete)
  ), removed AS (
    DELETE FROM backstay.view_rows r USING given g
    WHERE g.body IS NULL AND r.projection = g.projection AND r.generation = g.generation AND r.key = g.key
  ), written AS (
    INSERT INTO backstay.view_rows (projection, generation, key, body, cursor)
    SELECT projection, generation, key, body::jsonb, $4 FROM given WHERE body IS NOT NULL
    ON CONFLICT (projection, generation, key) DO UPDATE SET body = EXCLUDED.body, cursor = EXCLUDED.cursor
  )
  SELECT FROM moved`;

interface Serving {
  readonly generation: number;
  readonly cursor: Cursor | null;
}

interface CheckpointRow extends Serving {
  readonly projection: string;
}

/**
 * Writes the generations of some projections that are served, as of the last call of `checkpoints`. Of two that write at the
 * same time, one gets `StaleProjector`.
 */
export class ServingSink implements ProjectorSink {
  readonly #pool: Pool;
  readonly #projections: readonly string[];
  readonly #retry: Retry;
  #serving: ReadonlyMap<string, Serving> | undefined;

  constructor(pool: Pool, projections: readonly string[], retry: Retry) {
    this.#pool = pool;
    this.#projections = projections;
    this.#retry = retry;
  }

  async checkpoints(): Promise<ReadonlyMap<string, Cursor | null>> {
    const serving = new Map<string, Serving>();
    // Of two that begin a projection at once, one finds it only when it looks again.
    while (serving.size < this.#projections.length)
      for (const { projection, ...row } of await this.#checkpointRows()) serving.set(projection, row);
    this.#serving = serving;
    return new Map([...serving].map(([projection, { cursor }]) => [projection, cursor]));
  }

  async load(keys: readonly Pick<ProjectedRow, 'projection' | 'key'>[]): Promise<readonly ProjectedRow[]> {
    if (keys.length === 0) return [];
    const serving = await this.#known();
    const values = [
      keys.map(({ projection }) => projection),
      keys.map(({ projection }) => serving.get(projection)?.generation),
      keys.map(({ key }) => key),
    ];
    const query = { name: 'backstay-view-load', text: loadSql, values };
    return (await retrying('load views', this.#retry, () => this.#pool.query<ProjectedRow>(query))).rows;
  }

  /** @throws {StaleProjector} and then nothing was written. */
  async commit(rows: readonly ProjectedRow[], checkpoint: Cursor): Promise<void> {
    const own = [...(await this.#known())];
    const generationOf = new Map(own.map(([projection, { generation }]) => [projection, generation]));
    const values = [
      own.map(([projection]) => projection),
      own.map(([, { generation }]) => generation),
      own.map(([, { cursor }]) => cursor),
      checkpoint,
      rows.map(({ projection }) => projection),
      rows.map(({ projection }) => generationOf.get(projection)),
      rows.map(({ key }) => key),
      rows.map(({ body }) => (body === null ? null : bodyText(body))),
    ];
    const query = { name: 'backstay-view-commit', text: commitSql, values };
    const { rowCount } = await retrying('commit views', this.#retry, () => this.#pool.query(query));
    // A commit whose reply got lost has already moved the checkpoints to where this one wants them: from equal events, to equal rows.
    if (rowCount === 0 && !(await this.#standsAt(checkpoint))) throw new StaleProjector(this.#projections.join(', '));
    this.#serving = new Map(
      own.map(([projection, { generation }]) => [projection, { generation, cursor: checkpoint }]),
    );
  }

  only(projection: string): ProjectionSink {
    return projectionSink(new ServingSink(this.#pool, [projection], this.#retry), projection, (cursor) => {
      const known = this.#serving?.get(projection);
      if (known !== undefined) this.#serving = new Map(this.#serving).set(projection, { ...known, cursor });
    });
  }

  async #known(): Promise<ReadonlyMap<string, Serving>> {
    if (this.#serving === undefined) await this.checkpoints();
    return this.#serving ?? new Map<string, Serving>();
  }

  async #standsAt(checkpoint: Cursor): Promise<boolean> {
    const known = await this.#known();
    const rows = await this.#checkpointRows();
    return rows.every(
      ({ projection, generation, cursor }) => cursor === checkpoint && generation === known.get(projection)?.generation,
    );
  }

  async #checkpointRows(): Promise<readonly CheckpointRow[]> {
    const query = { name: 'backstay-view-checkpoints', text: checkpointsSql, values: [this.#projections] };
    return (await retrying('checkpoints of views', this.#retry, () => this.#pool.query<CheckpointRow>(query))).rows;
  }
}

/** One projection of a sink. */
export function projectionSink(
  sink: ServingSink,
  projection: string,
  onCommitted: (cursor: Cursor) => void = () => {},
): ProjectionSink {
  return {
    checkpoint: async () => (await sink.checkpoints()).get(projection) ?? null,
    load: async (keys) => {
      const rows = await sink.load(keys.map((key) => ({ projection, key })));
      return new Map(rows.map(({ key, body }) => [key, body]));
    },
    commit: async (rows, checkpoint) => {
      await sink.commit(
        rows.map((row) => ({ ...row, projection })),
        checkpoint,
      );
      onCommitted(checkpoint);
    },
  };
}
