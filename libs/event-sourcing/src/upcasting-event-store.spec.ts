import { describe, expect, it } from 'vitest';
import type { DomainEvent, RecordedEvent } from './event.ts';
import { firstBrokenLink } from './hash-chain.ts';
import { InMemoryEventStore } from './in-memory-event-store.ts';
import { eventStoreContract, sealedEvents, testDigest } from './testing/index.ts';
import { UpcastingEventStore, type Upcast } from './upcasting-event-store.ts';

eventStoreContract('the upcasting event store, where every event has the shape of today', () =>
  Promise.resolve({
    store: new UpcastingEventStore(new InMemoryEventStore(), (event) => event),
    close: () => Promise.resolve(),
  }),
);

/** As if heights had once been recorded in centimetres. */
function inMetres<Event extends DomainEvent>(event: Event): Event {
  const { centimetres } = event.data as { readonly centimetres?: number };
  return centimetres === undefined ? event : { ...event, type: 'Raised', data: { metres: centimetres / 100 } };
}

describe('a store with events of an earlier shape', () => {
  const decided = [
    { type: 'Lifted', data: { centimetres: 300 } },
    { type: 'Raised', data: { metres: 4 } },
  ];
  const today = [
    { type: 'Raised', data: { metres: 3 }, stored: decided[0] },
    { type: 'Raised', data: { metres: 4 } },
  ];

  async function recorded(upcast: Upcast = inMetres) {
    const store = new UpcastingEventStore(new InMemoryEventStore(), upcast);
    await store.append({
      stream: 'bar-a',
      expectedVersion: 0,
      commandId: 'x',
      events: sealedEvents('bar-a', decided),
    });
    return store;
  }

  async function subscribed(store: UpcastingEventStore): Promise<readonly RecordedEvent[]> {
    const ending = new AbortController();
    for await (const batch of store.subscribe({ signal: ending.signal })) {
      ending.abort();
      return batch;
    }
    return [];
  }

  const readers: readonly [string, (store: UpcastingEventStore) => Promise<readonly RecordedEvent[]>][] = [
    ['a stream', (store) => store.read('bar-a')],
    ['a part of a stream', (store) => store.read('bar-a', { from: 1, to: 2 })],
    ['a page of all events', (store) => store.readAll(null, 10)],
    ['a page of one correlation', (store) => store.readCorrelated('bar-a', null, 10)],
    ['a subscription', subscribed],
  ];

  it.each(readers)('gives today’s shapes to who reads %s', async (_, read) => {
    expect(await read(await recorded())).toMatchObject(today);
  });

  it.each(readers)('returns what cannot be upcast to who reads %s, under a type that nobody knows', async (_, read) => {
    const store = await recorded((event) => {
      if (event.type === 'Lifted') throw new TypeError('x is undefined');
      return event;
    });
    const events = await read(store);
    expect(events).toMatchObject([
      { type: 'Lifted (not upcast)', data: { centimetres: 300 }, stored: decided[0] },
      decided[1],
    ]);
    expect(firstBrokenLink(events, testDigest)).toBeNull();
  });

  it('leaves id, version and hash as they are, and what is stored', async () => {
    const store = await recorded();
    const places = (events: readonly RecordedEvent[]) => events.map(({ id, version, hash }) => ({ id, version, hash }));
    expect(places(await store.read('bar-a'))).toEqual(places(await store.stored.read('bar-a')));
    expect(await store.stored.read('bar-a')).toMatchObject(decided);
    expect((await store.read('bar-a'))[1]).not.toHaveProperty('stored');
  });

  it('verifies the chain over what is stored, whichever form is looked at', async () => {
    const store = await recorded();
    const [first, second] = (await store.read('bar-a')) as [RecordedEvent, RecordedEvent];
    expect(firstBrokenLink(await store.stored.read('bar-a'), testDigest)).toBeNull();
    expect(firstBrokenLink([first, second], testDigest)).toBeNull();
    const { stored: _stored, ...forged } = first;
    expect(firstBrokenLink([forged, second], testDigest)?.version).toBe(1);
  });
});
