/** Durable appends, directly and through the command handler, beside inserting one row without a check, by 1, 16 and 64 writers. */
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { atLeast, best } from '../support/figures.mjs';
import { keepInFlight } from '../support/load.mjs';
import { commandsOn, openStore } from '../support/product.mjs';
import { appender, payload } from '../support/sealed.mjs';

export const title = 'Appends beside a raw durable insert';

const rounds = 10;
const roundMs = 400;
const goals = { 1: [0.8, 0.7], 16: [1.2, 0.9], 64: [1.8, 1.3] };
const writers = Object.keys(goals).map(Number);

export async function run({ servers }) {
  const url = await servers.database('writers');
  const product = await openStore(url);
  const raw = new pg.Pool({ connectionString: url, max: 16 });
  // Its server may be stopped before it has closed all of its connections.
  raw.on('error', () => undefined);
  try {
    await raw.query(
      'CREATE TABLE raw (position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, stream text NOT NULL, data text NOT NULL)',
    );
    const subjects = { insert: inserts(raw), append: appends(product.store), handle: commands(product.store) };
    for (const act of Object.values(subjects)) await keepInFlight(16, 300, act());
    const rates = new Map();
    for (let round = 1; round <= rounds; round += 1) {
      for (const count of writers) {
        for (const [name, act] of Object.entries(subjects)) {
          const { perSecond } = await keepInFlight(count, roundMs, act());
          rates.set(`${name} ${count}`, [...(rates.get(`${name} ${count}`) ?? []), perSecond]);
        }
      }
    }
    const rate = (name, count) => best(rates.get(`${name} ${count}`));
    return writers.flatMap((count) => {
      const [append, handle] = goals[count];
      const anchor = rate('insert', count);
      const by = `${count} writer${count === 1 ? '' : 's'}`;
      return [
        atLeast(`append, ${by}`, append, { ours: rate('append', count), anchor }),
        atLeast(`command handler, ${by}`, handle, { ours: rate('handle', count), anchor }),
      ];
    });
  } finally {
    await raw.end();
    await product.close();
  }
}

// Each worker of a round has a stream of its own: what is measured is the store, not its conflicts.
const ofEachWorker = (open) => () => {
  const idle = [];
  return async () => {
    const act = idle.pop() ?? open(randomUUID());
    await act();
    idle.push(act);
  };
};

const inserts = (pool) =>
  ofEachWorker((stream) => {
    const query = { name: 'raw', text: 'INSERT INTO raw (stream, data) VALUES ($1, $2)' };
    return () => pool.query({ ...query, values: [stream, JSON.stringify(payload)] });
  });

const appends = (store) => ofEachWorker((stream) => appender(store, stream));

const commands = (store) => {
  const handle = commandsOn(store);
  return ofEachWorker((stream) => () => handle(stream, payload));
};
