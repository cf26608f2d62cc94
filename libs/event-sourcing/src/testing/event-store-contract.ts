import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cursor, RecordedEvent } from '../event.ts';
import { VersionConflict, type EventStore } from '../event-store.ts';
import { firstBrokenLink } from '../hash-chain.ts';
import { parseStreamName } from '../stream-name.ts';
import { sealedEvents, testDigest } from './samples.ts';

export interface EventStoreUnderTest {
  readonly store: EventStore;
  close(): Promise<void>;
}

/** What every event store guarantees its callers. Each adapter's own spec is one call of this. */
export function eventStoreContract(name: string, open: () => Promise<EventStoreUnderTest>): void {
  describe(`${name} keeps the event store contract`, () => {
    let subject: EventStoreUnderTest;
    let store: EventStore;
    let streams = 0;
    const newStream = () => `contract-${(streams += 1)}-${name.replaceAll(/\W+/g, '-')}`;
    const sample = (n: number) => ({
      type: 'CounterMoved',
      data: { n, text: 'žluťoučký 🐎', nested: { b: 1, a: [1, null, true] } },
    });

    async function append(stream: string, from: number, count: number, commandId = `${stream}@${from}`) {
      const recorded = await store.read(stream);
      const head = recorded.at(-1) ?? { version: 0, hash: '' };
      const events = sealedEvents(
        stream,
        Array.from({ length: count }, (_, i) => sample(from + i)),
        head,
      );
      return store.append({ stream, expectedVersion: from, commandId, events });
    }

    async function appendCorrelated(stream: string, correlation: string): Promise<void> {
      const events = sealedEvents(stream, [sample(9)]).map((event) => ({ ...event, correlation }));
      await store.append({ stream, expectedVersion: 0, commandId: stream, events });
    }

    async function take(count: number, after: Cursor | null, onlyStream: string): Promise<RecordedEvent[]> {
      const stop = new AbortController();
      const seen: RecordedEvent[] = [];
      for await (const batch of store.subscribe({ after, signal: stop.signal, batchSize: 3 })) {
        expect(batch.length).toBeGreaterThan(0);
        seen.push(...batch.filter((event) => event.stream === onlyStream));
        if (seen.length >= count) stop.abort();
      }
      return seen;
    }

    beforeAll(async () => {
      subject = await open();
      store = subject.store;
    });
    afterAll(() => subject.close());

    it('reads an absent stream as empty', async () => {
      expect(await store.read(newStream())).toEqual([]);
    });

    it('gives back what was appended, in order, with an unbroken hash chain', async () => {
      const stream = newStream();
      expect(await append(stream, 0, 2)).toEqual({ version: 2, duplicate: false });
      expect(await append(stream, 2, 1)).toEqual({ version: 3, duplicate: false });
      const events = await store.read(stream);
      expect(events.map(({ version }) => version)).toEqual([1, 2, 3]);
      expect(events[1]).toMatchObject({
        type: 'CounterMoved',
        data: sample(1).data,
        stream,
        correlation: stream,
        actor: { kind: 'system', name: 'sample' },
      });
      expect(firstBrokenLink(events, testDigest)).toBeNull();
    });

    it('reads a range of versions', async () => {
      const stream = newStream();
      await append(stream, 0, 5);
      expect((await store.read(stream, { from: 2, to: 4 })).map(({ version }) => version)).toEqual([2, 3, 4]);
      expect((await store.read(stream, { from: 2, limit: 2 })).map(({ version }) => version)).toEqual([2, 3]);
      expect(await store.read(stream, { from: 6 })).toEqual([]);
    });

    it('refuses an append at a version that is not the stream’s', async () => {
      const stream = newStream();
      await append(stream, 0, 1);
      await expect(
        store.append({ stream, expectedVersion: 0, commandId: 'other', events: sealedEvents(stream, [sample(9)]) }),
      ).rejects.toBeInstanceOf(VersionConflict);
      const ahead = sealedEvents(stream, [sample(9)], { version: 5, hash: 'x' });
      await expect(
        store.append({ stream, expectedVersion: 5, commandId: 'ahead', events: ahead }),
      ).rejects.toBeInstanceOf(VersionConflict);
      expect(await store.read(stream)).toHaveLength(1);
    });

    it('appends a command once, however often it is sent', async () => {
      const stream = newStream();
      const events = sealedEvents(stream, [sample(0), sample(1)]);
      const once = { stream, expectedVersion: 0, commandId: 'once', events };
      expect(await store.append(once)).toEqual({ version: 2, duplicate: false });
      await append(stream, 2, 1);
      expect(await store.append(once)).toMatchObject({ duplicate: true });
      expect(await store.read(stream)).toHaveLength(3);
    });

    it('lets exactly one of many writers win a version', async () => {
      const stream = newStream();
      const tries = Array.from({ length: 12 }, (_, i) =>
        store.append({ stream, expectedVersion: 0, commandId: `w${i}`, events: sealedEvents(stream, [sample(i)]) }),
      );
      const results = await Promise.allSettled(tries);
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      for (const result of results)
        if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(VersionConflict);
    });

    it('subscribes to what stands and to what comes', async () => {
      const stream = newStream();
      await append(stream, 0, 4);
      const seen = take(6, null, stream);
      await append(stream, 4, 2);
      expect((await seen).map(({ version }) => version)).toEqual([1, 2, 3, 4, 5, 6]);
    });

    it('resumes behind any cursor without gap or repetition', async () => {
      const stream = newStream();
      await append(stream, 0, 5);
      const [, second] = await take(5, null, stream);
      expect((await take(3, second?.cursor ?? null, stream)).map(({ version }) => version)).toEqual([3, 4, 5]);
    });

    it('pages all events by cursor in the order of the subscription', async () => {
      const stream = newStream();
      await append(stream, 0, 4);
      const pages: RecordedEvent[] = [];
      for (let cursor: Cursor | null = null; ; cursor = pages.at(-1)?.cursor ?? null) {
        const page = await store.readAll(cursor, 3);
        pages.push(...page);
        if (page.length < 3) break;
      }
      const subscribed = await take(4, null, stream);
      expect(pages.filter((event) => event.stream === stream).map(({ id }) => id)).toEqual(
        subscribed.map(({ id }) => id),
      );
    });

    it('pages the events of one correlation, across streams, in the order of all events', async () => {
      const [own, other] = [newStream(), newStream()];
      await append(own, 0, 3);
      await append(other, 0, 4);
      await append(own, 3, 2);
      // In the stream of somebody else, in one that is named after the correlation, and in one that is and has a foreign event.
      const elsewhere = newStream();
      await appendCorrelated(elsewhere, own);
      await append(other, 4, 1);
      await appendCorrelated(`named-${own}`, own);
      await appendCorrelated(`foreign-${own}`, other);
      const all = (await store.readAll(null, 100_000)).filter(({ correlation }) => correlation === own);
      expect(all.map(({ stream }) => stream)).toEqual([own, own, own, own, own, elsewhere, `named-${own}`]);
      const page = await store.readCorrelated(own, null, 4);
      const rest = await store.readCorrelated(own, page.at(-1)?.cursor ?? null, 4);
      expect([page.length, rest.length]).toEqual([4, 3]);
      expect([...page, ...rest]).toEqual(all);
      expect(await store.readCorrelated('nobody', null, 4)).toEqual([]);
      // The limit counts what is of the category alone.
      const named = await store.readCorrelated(own, null, 1, { category: 'named' });
      expect(named.map(({ stream }) => stream)).toEqual([`named-${own}`]);
      expect(await store.readCorrelated(own, named[0]!.cursor, 1, { category: 'named' })).toEqual([]);
      const { category } = parseStreamName(own);
      expect(await store.readCorrelated(own, null, 9, { category })).toEqual(
        all.filter(({ stream }) => parseStreamName(stream).category === category),
      );
    });

    it('counts what stands behind a cursor, up to a bound', async () => {
      const stream = newStream();
      await append(stream, 0, 5);
      const [first, second] = await store.read(stream);
      expect(await store.countBehind(second?.cursor ?? null, 100)).toBe(3);
      expect(await store.countBehind(first?.cursor ?? null, 2)).toBe(2);
      expect(await store.countBehind(await store.head(), 100)).toBe(0);
    });

    it('says where its last event stands', async () => {
      const stream = newStream();
      await append(stream, 0, 2);
      expect(await store.head()).toBe((await store.readAll(null, 100_000)).at(-1)?.cursor);
      expect(await store.head()).toBe((await store.read(stream)).at(-1)?.cursor);
    });

    it('says which of two cursors stands before the other', async () => {
      const stream = newStream();
      await append(stream, 0, 3);
      const cursors = (await store.read(stream)).map(({ cursor }) => cursor);
      const [first = '', second = '', third = ''] = cursors;
      expect(store.compareCursors(first, second)).toBeLessThan(0);
      expect(store.compareCursors(third, first)).toBeGreaterThan(0);
      expect(store.compareCursors(second, second)).toBe(0);
    });

    it('writes cursors as text that sorts as the events stand, also between streams', async () => {
      const streams = [newStream(), newStream()] as const;
      // Past ten and past a hundred: numbers as they are written do not sort.
      for (let version = 0; version < 60; version += 1) for (const stream of streams) await append(stream, version, 1);
      const all = (await store.readAll(null, 100_000)).map(({ cursor }) => cursor);
      const keys = all.map((cursor) => store.sortKey(cursor));
      expect(keys).toEqual([...new Set(keys)].toSorted());
    });

    it('ends a subscription that waits when its signal is aborted', async () => {
      const stop = new AbortController();
      const last = (await store.readAll(null, 100_000)).at(-1)?.cursor ?? null;
      const ended = (async () => {
        for await (const batch of store.subscribe({ after: last, signal: stop.signal })) expect(batch).toBeDefined();
      })();
      stop.abort();
      await ended;
    });

    it('keeps the order of each stream for a subscriber while many write', async () => {
      const names = Array.from({ length: 8 }, newStream);
      const writing = Promise.all(
        names.map(async (stream) => {
          for (let version = 0; version < 6; version += 1) await append(stream, version, 1);
        }),
      );
      const stop = new AbortController();
      const seen = new Map<string, number[]>(names.map((stream) => [stream, []]));
      for await (const batch of store.subscribe({ after: null, signal: stop.signal })) {
        for (const event of batch) seen.get(event.stream)?.push(event.version);
        if ([...seen.values()].every((versions) => versions.length >= 6)) stop.abort();
      }
      await writing;
      for (const versions of seen.values()) expect(versions).toEqual([1, 2, 3, 4, 5, 6]);
    });
  });
}
