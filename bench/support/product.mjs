/** The parts of the product that are measured alone: the one place to change when their interfaces do. */
import { createHash, randomUUID } from 'node:crypto';
import { CommandHandler, runProjection } from '@backstay/event-sourcing';
import { connect, migrate, PostgresEventStore, ViewStore } from '@backstay/postgres';

export const sha256 = (text) => createHash('sha256').update(text).digest('hex');

/** The store on a database of its own, with its schema. */
export async function openStore(url, { connections = 16 } = {}) {
  const pool = connect({ url, max: connections, applicationName: 'bench' });
  await migrate(pool);
  const store = new PostgresEventStore(pool);
  return {
    pool,
    store,
    views: new ViewStore(pool),
    close: async () => {
      await store.close();
      await pool.end();
    },
  };
}

const counter = {
  initialState: 0,
  decide: ({ data }) => [{ type: 'Counted', data }],
  evolve: (count) => count + 1,
};

const metadata = (stream) => ({
  commandId: randomUUID(),
  time: new Date().toISOString(),
  actor: { kind: 'system', name: 'bench' },
  correlation: stream,
  causation: null,
});

/** Handles commands as the phases do: the state of a stream is kept between two of them. */
export function commandsOn(store) {
  const handler = new CommandHandler(counter, { store, ids: randomUUID, digest: sha256 });
  const folds = new Map();
  return async (stream, data) => {
    const command = { type: 'Count', data };
    const { folded } = await handler.handle(stream, command, metadata(stream), folds.get(stream));
    folds.set(stream, folded);
  };
}

/** Rows that count the events of each stream, as simple as a read model can be. */
export const streamCounts = (name = 'stream-counts') => ({
  name,
  keys: ({ stream }) => [stream],
  evolve: (body, { type }) => ({ count: (body?.count ?? 0) + 1, last: type }),
});

/** Follows the store until the signal ends it; `committed` hears of each batch that is visible: the keys and the rows. */
export function project(projection, { store, views }, signal, committed = () => undefined) {
  const sink = views.sink(projection.name);
  const told = {
    checkpoint: () => sink.checkpoint(),
    load: (keys) => sink.load(keys),
    commit: async (rows, checkpoint) => {
      await sink.commit(rows, checkpoint);
      committed(
        rows.map(({ key }) => key),
        rows,
      );
    },
  };
  return runProjection(projection, store, told, signal);
}
