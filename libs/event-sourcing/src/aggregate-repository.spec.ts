import { describe, expect, it } from 'vitest';
import { AggregateRepository, UnknownEvent, type Aggregate, type RepositoryPorts } from './aggregate-repository.ts';
import { Rejection } from './decider.ts';
import type { DomainEvent, RecordedEvent } from './event.ts';
import { VersionConflict, type ReadOptions } from './event-store.ts';
import { InMemoryEventStore } from './in-memory-event-store.ts';
import { InMemorySnapshotStore, type Snapshot } from './snapshot-store.ts';
import { sealedEvents, testDigest } from './testing/index.ts';

type Command = { type: 'Raise'; to: number };
type Raised = DomainEvent<'Raised', { to: number }>;

/** A bar that is only ever raised: what is already so yields nothing. */
const bar: Aggregate<Command, { height: number }, Raised> = {
  category: 'bar',
  knows: (type) => type === 'Raised',
  decider: {
    initialState: { height: 0 },
    decide: ({ to }, { height }) => {
      if (to < height) throw new Rejection('lower', `the bar is at ${height} already`);
      return to === height ? [] : [{ type: 'Raised', data: { to } }];
    },
    evolve: (_state, { data }) => ({ height: data.to }),
  },
};

class CountingStore extends InMemoryEventStore {
  reads = 0;

  override read<E extends DomainEvent = DomainEvent>(
    stream: string,
    options?: ReadOptions,
  ): Promise<RecordedEvent<E>[]> {
    this.reads += 1;
    return super.read<E>(stream, options);
  }
}

let ids = 0;
function repositoryOn(store: InMemoryEventStore, changes: Partial<RepositoryPorts> = {}, aggregate = bar) {
  return new AggregateRepository(aggregate, {
    store,
    ids: () => `id-${(ids += 1)}`,
    digest: testDigest,
    now: () => '2026-01-01T00:00:00.000Z',
    traceAppend: ({ parent }, work) => work(`${parent ?? 'new'}/child`),
    ...changes,
  });
}

const by = { actor: { kind: 'system', name: 'spec' } } as const;
const raise = (to: number): Command => ({ type: 'Raise', to });

describe('the aggregate repository', () => {
  it('appends what was decided, and nothing for what is already so', async () => {
    const store = new InMemoryEventStore();
    const bars = repositoryOn(store);
    expect((await bars.handle('a', raise(2), by)).events).toHaveLength(1);
    const twice = await bars.handle('a', raise(2), by);
    expect(twice.events).toEqual([]);
    expect(twice.folded.state).toEqual({ height: 2 });
    expect(await store.read('bar-a')).toHaveLength(1);
  });

  it('records cause, correlation, time and a span of the trace of the stream', async () => {
    const store = new InMemoryEventStore();
    const bars = repositoryOn(store);
    await bars.handle('a', raise(1), { ...by, traceparent: 'trace' });
    await bars.handle('a', raise(2), by);
    const [first, second] = await store.read('bar-a');
    expect(first).toMatchObject({ causation: null, correlation: 'a', traceparent: 'trace/child' });
    expect(second).toMatchObject({ causation: first?.id, traceparent: 'trace/child/child' });
  });

  it('reads nothing to append behind its own appends', async () => {
    const store = new CountingStore();
    const bars = repositoryOn(store);
    for (let to = 1; to <= 5; to += 1) await bars.handle('a', raise(to), by);
    expect(store.reads).toBe(1);
  });

  it('folds what a subscription brings without reading', async () => {
    const store = new CountingStore();
    const [here, there] = [repositoryOn(store), repositoryOn(store)];
    await here.handle('a', raise(1), by);
    await there.handle('a', raise(5), by);
    here.absorb(await store.readAll(null, 10));
    const reads = store.reads;
    expect(here.peek('a')?.state).toEqual({ height: 5 });
    expect((await here.loadAtLeast('a', 2)).head.version).toBe(2);
    expect(store.reads).toBe(reads);
  });

  it('folds a stream that begins in a subscription without reading, and none that began before', async () => {
    const store = new CountingStore();
    const writer = repositoryOn(store);
    for (const to of [1, 2, 3]) await writer.handle('a', raise(to), by);
    const [first, ...later] = await store.readAll(null, 10);
    const [full, partial] = [repositoryOn(store), repositoryOn(store)];
    const reads = store.reads;
    full.absorb(first === undefined ? [] : [first, ...later]);
    partial.absorb(later);
    expect(full.peek('a')).toMatchObject({ state: { height: 3 }, head: { version: 3 } });
    expect(partial.peek('a')).toBeUndefined();
    expect(store.reads).toBe(reads);
  });

  it('decides again on the newer state when another writer was faster', async () => {
    const store = new InMemoryEventStore();
    const [one, other] = [repositoryOn(store), repositoryOn(store)];
    await one.load('a');
    await other.handle('a', raise(5), by);
    const handled = await Promise.all([one.handle('a', raise(7), by), other.handle('a', raise(7), by)]);
    expect(handled.flatMap(({ events }) => events)).toHaveLength(1);
    expect((await store.read('bar-a')).map(({ data }) => data)).toEqual([{ to: 5 }, { to: 7 }]);
  });

  it('neither rejects a command nor finds it done on an old fold alone', async () => {
    const moody: typeof bar = {
      ...bar,
      decider: {
        ...bar.decider,
        decide: (command, { height }) => {
          if (height === 1) throw new Rejection('at-one', 'not from here');
          return height === 2 ? [] : bar.decider.decide(command, { height });
        },
      },
    };
    for (const stale of [1, 2]) {
      const store = new InMemoryEventStore();
      const [one, other] = [repositoryOn(store, {}, moody), repositoryOn(store)];
      await other.handle('a', raise(stale), by);
      await one.load('a');
      await other.handle('a', raise(3), by);
      expect((await one.handle('a', raise(4), by)).events).toHaveLength(1);
    }
  });

  it('lets a rejection on the present state through', async () => {
    const store = new InMemoryEventStore();
    const bars = repositoryOn(store);
    await bars.handle('a', raise(3), by);
    await expect(bars.handle('a', raise(1), by)).rejects.toMatchObject({ code: 'lower' });
  });

  it('handles commands of one stream one after the other, so that none of them conflicts', async () => {
    const store = new InMemoryEventStore();
    const bars = repositoryOn(store, { maxAttempts: 1 });
    const handled = await Promise.allSettled([1, 2, 3, 2, 4].map((to) => bars.handle('a', raise(to), by)));
    expect(handled.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
    expect((await store.read('bar-a')).map(({ data }) => data)).toEqual([{ to: 1 }, { to: 2 }, { to: 3 }, { to: 4 }]);
  });

  it('lets so many commands of one stream wait, and refuses the next at once', async () => {
    const bars = repositoryOn(new InMemoryEventStore());
    const handled = await Promise.allSettled(
      Array.from({ length: 1_001 }, (_, index) => bars.handle('a', raise(index + 1), by)),
    );
    expect(handled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1_000);
    expect(handled.at(-1)).toMatchObject({ reason: { name: 'CommandQueueFull' } });
    expect((await bars.handle('a', raise(2_000), by)).folded.state).toEqual({ height: 2_000 });
  });

  it('gives up after its bound of attempts, with the conflict', async () => {
    const store = new InMemoryEventStore();
    store.append = (append) => Promise.reject(new VersionConflict(append.stream, append.expectedVersion));
    await expect(repositoryOn(store, { maxAttempts: 3 }).handle('a', raise(1), by)).rejects.toBeInstanceOf(
      VersionConflict,
    );
  });

  it('appends a command once, however often it is sent', async () => {
    const store = new InMemoryEventStore();
    const [one, other] = [repositoryOn(store), repositoryOn(store)];
    await one.handle('a', raise(1), { ...by, commandId: 'once' });
    expect((await other.handle('a', raise(2), { ...by, commandId: 'once' })).events).toEqual([]);
    expect(await store.read('bar-a')).toHaveLength(1);
  });

  it('reports each append with the states before and after it', async () => {
    const heard: unknown[] = [];
    const bars = repositoryOn(new InMemoryEventStore(), { onAppended: (appended) => heard.push(appended) });
    await bars.handle('a', raise(1), by);
    await bars.handle('a', raise(1), by);
    expect(heard).toMatchObject([
      { stream: 'bar-a', events: [{ type: 'Raised', version: 1 }], before: { height: 0 }, after: { height: 1 } },
    ]);
  });

  it('refuses a stream with an unknown event, and folds past it only where asked to', async () => {
    const store = new InMemoryEventStore();
    const events = sealedEvents('bar-a', [
      { type: 'Raised', data: { to: 4 } },
      { type: 'Painted', data: {} },
    ]);
    await store.append({ stream: 'bar-a', expectedVersion: 0, commandId: 'x', events });
    await expect(repositoryOn(store).load('a')).rejects.toBeInstanceOf(UnknownEvent);
    await expect(repositoryOn(store).handle('a', raise(9), by)).rejects.toThrow(
      /^Painted is an event that this version does not know/,
    );
    await expect(repositoryOn(store).events('a')).rejects.toBeInstanceOf(UnknownEvent);
    await expect(repositoryOn(store).events('a', 2)).rejects.toBeInstanceOf(UnknownEvent);
    const skipping = {
      ...bar,
      decider: {
        ...bar.decider,
        evolve: (state: { height: number }, event: Raised) =>
          event.type === 'Raised' ? bar.decider.evolve(state, event) : state,
      },
    };
    const folded = await repositoryOn(store, { unknownEvents: 'skip' }, skipping).load('a');
    expect(folded).toMatchObject({ state: { height: 4 }, head: { version: 2 } });
  });

  it('gives the events of a stream from a version on', async () => {
    const bars = repositoryOn(new InMemoryEventStore());
    for (const to of [1, 2, 3]) await bars.handle('a', raise(to), by);
    expect((await bars.events('a')).map(({ data }) => data.to)).toEqual([1, 2, 3]);
    expect((await bars.events('a', 2)).map(({ version }) => version)).toEqual([2, 3]);
    expect(await bars.events('b')).toEqual([]);
  });

  it('never replaces a fold by an older one, however late a reader finishes', async () => {
    const store = new CountingStore();
    const [slow, other] = [repositoryOn(store), repositoryOn(store)];
    await other.handle('a', raise(1), by);
    const read = store.read.bind(store);
    let release = () => {};
    const released = new Promise<void>((resolve) => (release = resolve));
    const hasRead = new Promise<void>((resolve) => {
      store.read = async (...args) => {
        store.read = read;
        const events = await read(...args);
        resolve();
        await released;
        return events as never;
      };
    });
    const late = slow.load('a');
    await hasRead;
    await other.handle('a', raise(2), by);
    await slow.load('a');
    release();
    expect((await late).head.version).toBe(2);
    expect(slow.peek('a')).toMatchObject({ state: { height: 2 }, head: { version: 2 } });
  });

  it('keeps the folds of so many streams and no more: those that were used last', async () => {
    const bars = repositoryOn(new InMemoryEventStore(), { cachedStreams: 2 });
    for (const id of ['a', 'b']) await bars.handle(id, raise(1), by);
    await bars.load('a');
    await bars.handle('c', raise(1), by);
    expect(['a', 'b', 'c'].map((id) => bars.peek(id)?.state)).toEqual([{ height: 1 }, undefined, { height: 1 }]);
  });

  it('keeps the folds of 1,000 streams where nothing else is said', async () => {
    const bars = repositoryOn(new InMemoryEventStore());
    const ids = Array.from({ length: 1_001 }, (_each, index) => String(index));
    for (const id of ids) await bars.load(id);
    expect(ids.filter((id) => bars.peek(id) === undefined)).toEqual(['0']);
  });

  describe('with snapshots', () => {
    const kept = { ...bar, snapshots: { shape: 'height', every: 10 } };

    async function raised(count: number) {
      const store = new CountingStore();
      const snapshots = new InMemorySnapshotStore();
      const bars = repositoryOn(store, { snapshots }, kept);
      for (let to = 1; to <= count; to += 1) await bars.handle('a', raise(to), by);
      return { store, snapshots };
    }

    it('reads only what is newer than the snapshot', async () => {
      const { store, snapshots } = await raised(25);
      const read: number[] = [];
      const original = store.read.bind(store);
      store.read = async (...args) => {
        const events = await original(...args);
        read.push(events.length);
        return events as never;
      };
      const bars = repositoryOn(store, { snapshots }, kept);
      expect(await bars.load('a')).toMatchObject({ state: { height: 25 }, head: { version: 25 } });
      expect(read).toEqual([6]);
    });

    /** One of the last event, so that nothing newer covers up what it says. */
    async function loadedWith(change: Partial<Snapshot>) {
      const { store, snapshots } = await raised(12);
      const version = 12;
      const hash = (await store.read('bar-a')).at(-1)?.hash ?? '';
      snapshots.save('bar-a', { version, hash, shape: 'height', state: { height: 99 }, ...change });
      return repositoryOn(store, { snapshots }, kept).load('a');
    }

    it('believes the one that the stream bears out', async () => {
      expect(await loadedWith({})).toMatchObject({ state: { height: 99 }, head: { version: 12 } });
    });

    it.each([
      ['another shape', { shape: 'other' }],
      ['another history', { hash: 'another' }],
      ['a version that the stream has not reached', { version: 13 }],
    ])('drops a snapshot of %s', async (_, change) => {
      expect(await loadedWith(change)).toMatchObject({ state: { height: 12 }, head: { version: 12 } });
    });

    it('reads the stream where the snapshot cannot be loaded', async () => {
      const { store, snapshots } = await raised(12);
      snapshots.load = () => Promise.reject(new Error('the connection is lost'));
      const bars = repositoryOn(store, { snapshots }, kept);
      expect(await bars.load('a')).toMatchObject({ state: { height: 12 }, head: { version: 12 } });
    });
  });
});
