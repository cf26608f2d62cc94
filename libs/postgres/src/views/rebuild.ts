import { projectBatch, type EventStore, type Projection } from '@backstay/event-sourcing';
import type { Pool, Queryable } from '../connect.ts';
import { inTransaction } from '../transaction.ts';
import { GenerationSink } from './view-sink.ts';

export interface RebuildOptions {
  /** Ends the rebuild; the old generation serves on. */
  readonly signal?: AbortSignal;
  /** Events in one batch; default 1000. */
  readonly batchSize?: number;
}

/**
 * Folds all events into a new generation while the old one serves, then lets the new one serve in its place, at a point not
 * before the old one's. The projector that runs then gets `StaleProjector` and goes on from the new checkpoint.
 */
export async function rebuild(
  pool: Pool,
  projection: Projection,
  store: Pick<EventStore, 'readAll'>,
  options: RebuildOptions,
): Promise<void> {
  const generation = await begin(pool, projection.name);
  try {
    const sink = new GenerationSink(pool, projection.name, generation);
    await catchUp(projection, store, sink, options);
    await switchTo(pool, projection, generation, store, sink, options);
  } catch (error) {
    // Should this fail too, the next rebuild removes it.
    await removeGenerations(pool, projection.name, 'generation = $2', generation).catch(() => {});
    throw error;
  }
  await removeGenerations(pool, projection.name, 'generation < $2', generation);
}

/**
 * A new generation; the first is left to a projector that begins meanwhile. What an interrupted rebuild left behind is removed;
 * one that still runs gives way to this one.
 */
async function begin(pool: Pool, name: string): Promise<number> {
  return inTransaction(pool, async (client) => {
    await client.query('SELECT pg_advisory_xact_lock(hashtext($1))', [`backstay rebuild ${name}`]);
    const { rows } = await client.query<{ generation: number }>(
      `INSERT INTO backstay.view_checkpoints (projection, generation, active)
       SELECT $1, coalesce(max(generation), 1) + 1, false FROM backstay.view_checkpoints WHERE projection = $1 RETURNING generation`,
      [name],
    );
    const generation = rows[0]?.generation ?? 2;
    await removeGenerations(client, name, 'generation < $2 AND NOT active', generation);
    return generation;
  });
}

async function catchUp(
  projection: Projection,
  store: Pick<EventStore, 'readAll'>,
  sink: GenerationSink,
  options: RebuildOptions,
): Promise<void> {
  const { signal, batchSize = 1000 } = options;
  for (;;) {
    signal?.throwIfAborted();
    const batch = await store.readAll(sink.cursor, batchSize);
    await projectBatch(projection, sink, batch);
    if (batch.length < batchSize) return;
  }
}

async function switchTo(
  pool: Pool,
  projection: Projection,
  generation: number,
  store: Pick<EventStore, 'readAll'>,
  sink: GenerationSink,
  options: RebuildOptions,
): Promise<void> {
  await inTransaction(pool, async (client) => {
    // From here on the running projector waits. All it ever committed is readable by now, so what follows passes it.
    await client.query('SELECT FROM backstay.view_checkpoints WHERE projection = $1 FOR UPDATE', [projection.name]);
    await catchUp(projection, store, new GenerationSink(client, projection.name, generation, sink.cursor), options);
    await client.query('UPDATE backstay.view_checkpoints SET active = false WHERE projection = $1 AND active', [
      projection.name,
    ]);
    await client.query('UPDATE backstay.view_checkpoints SET active = true WHERE projection = $1 AND generation = $2', [
      projection.name,
      generation,
    ]);
  });
}

/** Checkpoints first: a projector of such a generation then writes nothing more. */
async function removeGenerations(database: Queryable, name: string, which: string, generation: number): Promise<void> {
  const { rows } = await database.query<{ generation: number }>(
    `DELETE FROM backstay.view_checkpoints WHERE projection = $1 AND ${which} RETURNING generation`,
    [name, generation],
  );
  const removed = rows.map((row) => row.generation);
  await database.query('DELETE FROM backstay.view_rows WHERE projection = $1 AND generation = ANY($2::int[])', [
    name,
    removed,
  ]);
}
