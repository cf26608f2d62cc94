/** Read models beside a hand-written reader, fold and upsert: how soon an append is visible, and how fast they catch up. */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { ReferenceProjector } from '../peers/reference-projector.mjs';
import { atLeast, best, figure, median, noted, percentile, timed } from '../support/figures.mjs';
import { openStore, project, streamCounts } from '../support/product.mjs';
import { appender } from '../support/sealed.mjs';

export const title = 'Read models beside a hand-written one';

const rounds = 3;
const appendsPerRound = 30;
const betweenAppendsMs = 120;
const events = 30_000;
const eventsPerStream = 10;

export async function run({ servers }) {
  return [
    ...(await visibility(await servers.database('visible'))),
    ...(await catchUp(await servers.database('caught'))),
  ];
}

async function visibility(url) {
  const product = await openStore(url);
  const writer = await openStore(url, { connections: 2 });
  const reference = await ReferenceProjector.open(url);
  const followers = {
    theirs: (signal, committed) => reference.follow('backstay_events', signal, committed),
    ours: (signal, committed) => project(streamCounts(), product, signal, committed),
  };
  try {
    const latencies = { theirs: [], ours: [] };
    for (let round = 1; round <= rounds; round += 1) {
      for (const [name, follow] of Object.entries(followers))
        latencies[name].push(...(await delays(follow, writer.store)));
    }
    const { ours, theirs } = latencies;
    const anchor = `reference ${figure(median(theirs))} ms`;
    return [
      timed('append to visible, p50', 5, median(ours), { anchor }),
      noted('append to visible, p99', { ours: percentile(ours, 0.99), anchor: percentile(theirs, 0.99), unit: 'ms' }),
    ];
  } finally {
    await reference.close();
    await writer.close();
    await product.close();
  }
}

/** Milliseconds from the call of an append to the commit of the read model, one append at a time. */
async function delays(follow, store) {
  const ending = new AbortController();
  const seen = new Map();
  const following = follow(ending.signal, (streams) => streams.forEach((each) => seen.set(each, performance.now())));
  const found = [];
  try {
    await pause(500);
    for (let count = 0; count < appendsPerRound; count += 1) {
      const stream = randomUUID();
      const begun = performance.now();
      await appender(store, stream)();
      await pause(betweenAppendsMs);
      while (!seen.has(stream)) await pause(1);
      found.push(seen.get(stream) - begun);
    }
    return found;
  } finally {
    ending.abort();
    await following;
  }
}

async function catchUp(url) {
  const product = await openStore(url);
  try {
    await fill(product.store);
    const [{ stream }] = (
      await product.pool.query('SELECT stream FROM backstay.events ORDER BY tx DESC, position DESC LIMIT 1')
    ).rows;
    const rates = { ours: [], theirs: [] };
    for (let round = 1; round <= rounds; round += 1) {
      rates.theirs.push(await referenceCatchUp(url));
      rates.ours.push(await productCatchUp(product, `caught-${round}`, stream));
    }
    return [
      atLeast(`catch-up of ${figure(events)} events`, 0.7, { ours: best(rates.ours), anchor: best(rates.theirs) }),
    ];
  } finally {
    await product.close();
  }
}

async function fill(store) {
  const streams = Array.from({ length: events / eventsPerStream }, () => appender(store, randomUUID()));
  for (let version = 1; version <= eventsPerStream; version += 1) await Promise.all(streams.map((append) => append()));
}

async function referenceCatchUp(url) {
  const reference = await ReferenceProjector.open(url);
  try {
    const begun = performance.now();
    let count = 0;
    for (let found = 1; found > 0; count += found) found = (await reference.step()).length;
    return (count / (performance.now() - begun)) * 1000;
  } finally {
    await reference.close();
  }
}

/** Until the row of the stream of the last event has counted it. */
async function productCatchUp(product, name, lastStream) {
  const ending = new AbortController();
  const begun = performance.now();
  await project(streamCounts(name), product, ending.signal, (_streams, rows) => {
    const last = rows.find(({ key }) => key === lastStream);
    if (last?.body.count === eventsPerStream) ending.abort();
  });
  return (events / (performance.now() - begun)) * 1000;
}
