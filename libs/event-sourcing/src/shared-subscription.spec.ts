import { describe, expect, it } from 'vitest';
import type { RecordedEvent } from './event.ts';
import { InMemoryEventStore } from './in-memory-event-store.ts';
import { SharedSubscription } from './shared-subscription.ts';
import { sealedEvents } from './testing/index.ts';

class CountingStore extends InMemoryEventStore {
  pages = 0;
  subscriptions = 0;
  correlatedEvents = 0;

  override async readCorrelated(...args: Parameters<InMemoryEventStore['readCorrelated']>): Promise<RecordedEvent[]> {
    const page = await super.readCorrelated(...args);
    this.correlatedEvents += page.length;
    return page;
  }

  override readAll(...args: Parameters<InMemoryEventStore['readAll']>): ReturnType<InMemoryEventStore['readAll']> {
    this.pages += 1;
    return super.readAll(...args);
  }

  override subscribe(
    ...args: Parameters<InMemoryEventStore['subscribe']>
  ): ReturnType<InMemoryEventStore['subscribe']> {
    this.subscriptions += 1;
    return super.subscribe(...args);
  }
}

let streams = 0;

async function append(store: InMemoryEventStore, count: number, correlation?: string): Promise<void> {
  const stream = `shared-${(streams += 1)}`;
  const decided = Array.from({ length: count }, (_, n) => ({ type: 'Counted', data: { n } }));
  const events = sealedEvents(stream, decided).map((event) => ({ ...event, correlation: correlation ?? stream }));
  await store.append({ stream, expectedVersion: 0, commandId: stream, events });
}

/** Consumes until `count` events came; `pace` is awaited after each batch. */
async function consume(
  shared: SharedSubscription,
  count: number,
  {
    after = null,
    pace = async () => {},
    correlation,
  }: { after?: string | null; pace?: () => Promise<void>; correlation?: string } = {},
): Promise<readonly RecordedEvent[]> {
  const stop = new AbortController();
  const seen: RecordedEvent[] = [];
  for await (const batch of shared.subscribe({ after, signal: stop.signal, batchSize: 3, correlation })) {
    seen.push(...batch);
    await pace();
    if (seen.length >= count) stop.abort();
  }
  return seen;
}

function open(store: InMemoryEventStore, queueLimit?: number) {
  const end = new AbortController();
  return { shared: new SharedSubscription(store, { signal: end.signal, queueLimit }), end };
}

const cursors = (events: readonly RecordedEvent[]) => events.map(({ cursor }) => cursor);

describe('the shared subscription', () => {
  it('gives every consumer all events once, in order, wherever it begins', async () => {
    const store = new InMemoryEventStore();
    await append(store, 7);
    const all = cursors(await store.readAll(null, 100));
    const { shared, end } = open(store);
    const early = consume(shared, 12);
    const late = consume(shared, 7, { after: all[4] ?? null });
    await append(store, 5);
    const expected = cursors(await store.readAll(null, 100));
    expect(cursors(await early)).toEqual(expected);
    expect(cursors(await late)).toEqual(expected.slice(5));
    end.abort();
  });

  it('reads the store once for all consumers that have caught up', async () => {
    const store = new CountingStore();
    const { shared, end } = open(store);
    const consumers = Array.from({ length: 10 }, () => consume(shared, 20));
    for (let n = 0; n < 20; n += 1) await append(store, 1);
    await Promise.all(consumers);
    expect(store.subscriptions).toBe(1);
    expect(store.pages).toBeLessThanOrEqual(20);
    end.abort();
  });

  it('lets a consumer that lags read alone until it has caught up, and holds up nobody', async () => {
    const store = new CountingStore();
    const { shared, end } = open(store, 4);
    let release = (): void => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    const slow = consume(shared, 40, { pace: () => held });
    const quick = consume(shared, 40);
    for (let n = 0; n < 40; n += 1) await append(store, 1);
    expect(await quick).toHaveLength(40);
    release();
    expect(cursors(await slow)).toEqual(cursors(await store.readAll(null, 100)));
    end.abort();
  });

  it('gives who wants one correlation its events alone, and reads nothing of others to find them', async () => {
    const store = new CountingStore();
    for (const correlation of ['other', 'own', 'other', 'own', 'other']) await append(store, 4, correlation);
    const { shared, end } = open(store);
    const consuming = consume(shared, 11, { correlation: 'own' });
    for (const correlation of ['other', 'own', 'other', 'own']) {
      await append(store, correlation === 'own' ? 2 : 5, correlation);
      await new Promise(setImmediate);
    }
    const own = (await store.readAll(null, 100)).filter(({ correlation }) => correlation === 'own');
    store.pages = 0;
    expect(cursors(await consuming)).toEqual(cursors(own));
    expect(own).toHaveLength(12);
    expect(store.pages).toBe(0);
    end.abort();
  });

  it('goes on behind a cursor with one correlation, also where others have caught up long before', async () => {
    const store = new CountingStore();
    const { shared, end } = open(store);
    const others = consume(shared, 12);
    await append(store, 6, 'own');
    await append(store, 6, 'other');
    await others;
    const own = (await store.readAll(null, 100)).filter(({ correlation }) => correlation === 'own');
    store.pages = 0;
    const resumed = consume(shared, 5, { correlation: 'own', after: own[1]?.cursor ?? null });
    await append(store, 1, 'own');
    expect((await resumed).map(({ correlation }) => correlation)).toEqual(Array(5).fill('own'));
    expect(store.pages).toBe(0);
    end.abort();
  });

  it('does not count what others append against who wants one correlation and is slow', async () => {
    const store = new CountingStore();
    const { shared, end } = open(store, 4);
    let release = (): void => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    await append(store, 1, 'own');
    const slow = consume(shared, 3, { correlation: 'own', pace: () => held });
    const others = consume(shared, 43);
    for (let n = 0; n < 40; n += 1) await append(store, 1, 'other');
    await append(store, 2, 'own');
    await others;
    release();
    expect(await slow).toHaveLength(3);
    expect(store.correlatedEvents).toBeLessThanOrEqual(3);
    end.abort();
  });

  it('ends every iteration with its own signal', async () => {
    const { shared, end } = open(new InMemoryEventStore());
    const consuming = consume(shared, 1);
    end.abort();
    expect(await consuming).toEqual([]);
  });

  it('passes on what the store threw, and begins anew for who comes next', async () => {
    const store = new InMemoryEventStore();
    const original = store.subscribe.bind(store);
    let failing = true;
    store.subscribe = (options) => {
      if (!failing) return original(options);
      failing = false;
      return {
        [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error('the store is gone')) }),
      };
    };
    const { shared, end } = open(store);
    await expect(consume(shared, 1)).rejects.toThrow('the store is gone');
    const again = consume(shared, 1);
    await append(store, 1);
    expect(await again).toHaveLength(1);
    end.abort();
  });
});
