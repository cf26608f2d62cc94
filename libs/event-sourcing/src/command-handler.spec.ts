import { describe, expect, it } from '@jest/globals';
import { CommandHandler } from './command-handler.ts';
import { Rejection, type Decider } from './decider.ts';
import type { Fact } from './event.ts';
import { InMemoryEventStore } from './in-memory-event-store.ts';
import { VersionConflict } from './event-store.ts';
import { testDigest } from './testing/index.ts';

type Command = { type: 'Raise'; to: number };
type Raised = Fact<'Raised', { to: number }>;

/** A bar that is only ever raised: what is already so yields nothing. */
const bar: Decider<Command, number, Raised> = {
  initialState: 0,
  decide: ({ to }, height) => {
    if (to < 0) throw new Rejection('below-ground', 'a bar has no negative height');
    return to <= height ? [] : [{ type: 'Raised', data: { to } }];
  },
  evolve: (_height, { data }) => data.to,
};

function handlerOn(store: InMemoryEventStore, maxAttempts?: number) {
  let id = 0;
  return new CommandHandler(bar, {
    store,
    ids: () => `id-${(id += 1)}-${Math.random()}`,
    digest: testDigest,
    maxAttempts,
  });
}

const metadata = (commandId: string) => ({
  commandId,
  time: '2026-01-01T00:00:00.000Z',
  actor: { kind: 'system', name: 'spec' } as const,
  correlation: 'bar',
  causation: null,
});

describe('the command handler', () => {
  it('appends what was decided, and nothing for what is already so', async () => {
    const store = new InMemoryEventStore();
    const handler = handlerOn(store);
    expect((await handler.handle('bar', { type: 'Raise', to: 2 }, metadata('a'))).events).toHaveLength(1);
    const twice = await handler.handle('bar', { type: 'Raise', to: 2 }, metadata('b'));
    expect(twice.events).toEqual([]);
    expect(twice.folded.state).toBe(2);
    expect(await store.read('bar')).toHaveLength(1);
  });

  it('takes the last event as causation where none is given', async () => {
    const store = new InMemoryEventStore();
    const handler = handlerOn(store);
    await handler.handle('bar', { type: 'Raise', to: 1 }, metadata('a'));
    await handler.handle('bar', { type: 'Raise', to: 2 }, metadata('b'));
    const [first, second] = await store.read('bar');
    expect(second?.causation).toBe(first?.id);
  });

  it('decides again on the newer state when another writer was faster', async () => {
    const store = new InMemoryEventStore();
    const [one, other] = [handlerOn(store), handlerOn(store)];
    const stale = await one.fold('bar');
    await other.handle('bar', { type: 'Raise', to: 5 }, metadata('a'));
    const results = await Promise.all([
      one.handle('bar', { type: 'Raise', to: 7 }, metadata('b'), stale),
      other.handle('bar', { type: 'Raise', to: 7 }, metadata('c'), stale),
    ]);
    expect(results.flatMap(({ events }) => events)).toHaveLength(1);
    expect((await store.read('bar')).map(({ data }) => data)).toEqual([{ to: 5 }, { to: 7 }]);
  });

  it('gives up after its bound of attempts, with the conflict', async () => {
    const store = new InMemoryEventStore();
    store.append = (append) => Promise.reject(new VersionConflict(append.stream, append.expectedVersion));
    await expect(handlerOn(store, 3).handle('bar', { type: 'Raise', to: 1 }, metadata('a'))).rejects.toBeInstanceOf(
      VersionConflict,
    );
  });

  it('lets a rejection through, without a retry', async () => {
    await expect(
      handlerOn(new InMemoryEventStore()).handle('bar', { type: 'Raise', to: -1 }, metadata('a')),
    ).rejects.toMatchObject({ code: 'below-ground' });
  });
});
