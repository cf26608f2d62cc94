/** The parts of the product that are measured alone: the one place to change when their interfaces do. */
import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { AggregateRepository, Projector } from '@backstay/event-sourcing';
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
  category: 'counter',
  decider: {
    initialState: 0,
    decide: ({ data }) => [{ type: 'Counted', data }],
    evolve: (count) => count + 1,
  },
  knows: () => true,
};

/** Handles commands as the services do: the state of a stream is kept between two of them. */
export function commandsOn(store) {
  const ports = { store, ids: randomUUID, digest: sha256, now: () => new Date().toISOString() };
  const counters = new AggregateRepository(counter, { ...ports, cachedStreams: 100_000 });
  const context = { actor: { kind: 'system', name: 'bench' } };
  return (id, data) => counters.handle(id, { type: 'Count', data }, context);
}

/** Rows that count the events of each stream, as simple as a read model can be. */
export const streamCounts = (name = 'stream-counts') => ({
  name,
  keys: ({ stream }) => [stream],
  evolve: (body, { type }) => ({ count: (body?.count ?? 0) + 1, last: type }),
});

/** Follows the store until the signal ends it; `committed` hears of each batch that is visible: the keys and the rows. */
export function project(projection, { store, views }, signal, committed = () => undefined) {
  const sink = views.sinkOf([projection.name]);
  const observed = {
    checkpoints: () => sink.checkpoints(),
    load: (keys) => sink.load(keys),
    commit: async (rows, checkpoint) => {
      await sink.commit(rows, checkpoint);
      committed(
        rows.map(({ key }) => key),
        rows,
      );
    },
    only: (name) => sink.only(name),
  };
  const projector = new Projector([projection], {
    store,
    subscribe: (options) => store.subscribe(options),
    sink: observed,
    pause: (milliseconds, ended) => pause(milliseconds, undefined, { signal: ended }).catch(() => undefined),
    elapsedMs: () => performance.now(),
  });
  return projector.run(signal);
}
