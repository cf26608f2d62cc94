import type { Cursor, ProjectionSink, Row } from '@backstay/event-sourcing';
import type { Pool } from '../connect.ts';
import { retrying, type Retry } from '../faults.ts';
import { GenerationSink } from './view-sink.ts';

const activeSql = 'SELECT generation FROM backstay.view_checkpoints WHERE projection = $1 AND active';

// A projection that is new here begins with generation 1; of two that begin at once, one finds it there.
const beginSql = `
  INSERT INTO backstay.view_checkpoints (projection, generation, active) VALUES ($1, 1, true) ON CONFLICT DO NOTHING`;

/** Writes the generation that is served, as of the last call of `checkpoint`. */
export class ServingSink implements ProjectionSink {
  readonly #pool: Pool;
  readonly #projection: string;
  readonly #retry: Retry;
  #sink: GenerationSink | undefined;

  constructor(pool: Pool, projection: string, retry: Retry) {
    this.#pool = pool;
    this.#projection = projection;
    this.#retry = retry;
  }

  async checkpoint(): Promise<Cursor | null> {
    return retrying(`checkpoint of ${this.#projection}`, this.#retry, async () => {
      this.#sink = new GenerationSink(this.#pool, this.#projection, await this.#generation());
      return this.#sink.checkpoint();
    });
  }

  async load(keys: readonly string[]): Promise<ReadonlyMap<string, unknown>> {
    const sink = await this.#serving();
    return retrying(`load ${this.#projection}`, this.#retry, () => sink.load(keys));
  }

  async commit(rows: readonly Row[], checkpoint: Cursor): Promise<void> {
    const sink = await this.#serving();
    await retrying(`commit ${this.#projection}`, this.#retry, () => sink.commit(rows, checkpoint));
  }

  async #serving(): Promise<GenerationSink> {
    if (this.#sink === undefined) await this.checkpoint();
    return this.#sink as GenerationSink;
  }

  async #generation(): Promise<number> {
    for (;;) {
      const { rows } = await this.#pool.query<{ generation: number }>(activeSql, [this.#projection]);
      if (rows[0] !== undefined) return rows[0].generation;
      await this.#pool.query(beginSql, [this.#projection]);
    }
  }
}
