/** The events of one deployment among those of others: found by their correlation, beside reading everything and leaving out the rest. */
import { randomUUID } from 'node:crypto';
import { SharedSubscription } from '@backstay/event-sourcing';
import { atLeast, median } from '../support/figures.mjs';
import { openStore } from '../support/product.mjs';
import { appender, payload } from '../support/sealed.mjs';

export const title = 'One deployment’s stream among 100,000 events of others';

const foreignEvents = 100_000;
const ownEvents = 40;
const rounds = 7;

export async function run({ servers }) {
  const { pool, store, close } = await openStore(await servers.database('correlated'));
  const ending = new AbortController();
  try {
    const own = randomUUID();
    const append = appender(store, `deployment-${own}`, own);
    for (let n = 0; n < ownEvents; n += 1) {
      await append();
      await insertForeign(pool, foreignEvents / ownEvents);
    }
    await pool.query('VACUUM ANALYZE backstay.events');
    const shared = new SharedSubscription(store, { signal: ending.signal });
    const filtered = () => firstOf(shared.subscribe({ signal: ending.signal }), own);
    const correlated = () => firstOf(shared.subscribe({ signal: ending.signal, correlation: own }), own);
    const times = { filtered: [], correlated: [] };
    for (let round = 0; round <= rounds; round += 1) {
      times.filtered.push(await timeOf(filtered));
      times.correlated.push(await timeOf(correlated));
    }
    const perSecond = (of) => 1000 / median(of.slice(1));
    return [
      atLeast('streams that reach the present', 100, {
        ours: perSecond(times.correlated),
        anchor: perSecond(times.filtered),
      }),
    ];
  } finally {
    ending.abort();
    await close();
  }
}

async function firstOf(batches, own) {
  let seen = 0;
  for await (const batch of batches) {
    seen += batch.filter(({ correlation }) => correlation === own).length;
    if (seen >= ownEvents) return;
  }
}

async function timeOf(act) {
  const begun = performance.now();
  await act();
  return performance.now() - begun;
}

/** Of as many deployments as there are hundreds, linked to nothing: only their number matters. */
function insertForeign(pool, count) {
  return pool.query(
    `INSERT INTO backstay.events (stream, version, id, type, data, time, actor, correlation, hash)
     SELECT 'foreign-' || $1 || '-' || n / 100, n % 100 + 1, gen_random_uuid(), 'Counted', $3, '', '{}',
       'foreign-' || $1 || '-' || n / 100, ''
     FROM generate_series(0, $2::int - 1) n`,
    [randomUUID(), count, JSON.stringify(payload)],
  );
}
