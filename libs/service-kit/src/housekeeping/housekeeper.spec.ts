import { describe, expect, it } from 'vitest';
import { keptKinds, type KeptKind, type RetentionRules } from '@backstay/deployment';
import { at, histories, minutes } from '@backstay/deployment/testing';
import { InMemoryEventStore } from '@backstay/event-sourcing';
import { sealedEvents, testDigest } from '@backstay/event-sourcing/testing';
import { aggregatesOn } from '../aggregates.ts';
import { Housekeeper, PruningInterrupted } from './housekeeper.ts';
import type { Kept, KeptStore } from './kept-store.ts';

const kind = 'parked-message';
const rules = Object.fromEntries(keptKinds.map((each) => [each, 0])) as RetentionRules;
const now = minutes(600);
const operator = { kind: 'person', name: 'ann' } as const;
const numbered = (count: number, prefix: string) =>
  Array.from({ length: count }, (_, index) => `${prefix}-${String(index).padStart(4, '0')}`);

/** A place that holds what its list names; what is in use there stays. */
function placeOf(ids: readonly string[], inUse: readonly string[] = [], kind: KeptKind = 'parked-message') {
  const things = new Map(
    ids.map((id): [string, Kept] => [
      id,
      { kind, id, modifiedAt: at(0), deployments: [], isInUse: inUse.includes(id), count: 1 },
    ]),
  );
  const removed: string[] = [];
  const store: KeptStore = {
    kind,
    list: async (_before, after, limit) =>
      [...things.values()]
        .filter(({ id }) => id > after)
        .toSorted((one, other) => (one.id < other.id ? -1 : 1))
        .slice(0, limit),
    find: async (id) => things.get(id) ?? null,
    measure: async () => ({ bytes: 1, digest: null }),
    remove: async ({ id }) => {
      things.delete(id);
      removed.push(id);
    },
  };
  return { store, things, removed };
}

function housekeeperOf(store: KeptStore, keep: RetentionRules = rules, events = new InMemoryEventStore()) {
  let ids = 0;
  const { housekeeping, repositoryPorts } = aggregatesOn({
    store: events,
    ids: () => `id-${(ids += 1)}`,
    digest: testDigest,
    now: () => at(0),
  });
  let lost = new AbortController();
  let released = 0;
  const take = async () => {
    lost = new AbortController();
    return {
      token: 1,
      record: { deaths: 0, faults: 0, effect: null },
      signal: lost.signal,
      release: async () => void (released += 1),
    };
  };
  const housekeeper = new Housekeeper({
    place: { id: 'here', stores: [store] },
    rules: keep,
    runtime: { housekeeping, repositoryPorts, leases: { take }, host: 'host-a', now: () => at(now) },
    evidenceOf: async () => new Set(),
  });
  const open = async () => Object.keys((await housekeeping.load('here')).state.open);
  return { housekeeper, loseLease: () => lost.abort(), open, releases: () => released };
}

describe('a housekeeper', () => {
  it('goes on where its last scheduled run stopped, so that what stays does not hide what follows, and then begins anew', async () => {
    const staying = numbered(2_500, 'in-use');
    const { store, things, removed } = placeOf([...staying, 'last'], staying);
    const { housekeeper } = housekeeperOf(store);
    expect(await housekeeper.prune()).toEqual([]);
    expect(await housekeeper.prune()).toMatchObject([{ id: 'last', outcome: 'removed' }]);
    things.set('first', { ...things.get(staying[0]!)!, id: 'first', isInUse: false });
    expect(await housekeeper.prune()).toMatchObject([{ id: 'first' }]);
    expect(removed).toEqual(['last', 'first']);
  });

  it('begins at the beginning when a person asks, and says when there is more than one run looks at', async () => {
    const staying = numbered(2_500, 'in-use');
    const { store, things } = placeOf(['first', ...staying], staying);
    const { housekeeper } = housekeeperOf(store);
    expect(await housekeeper.survey()).toMatchObject({
      isPartial: true,
      candidates: [{ id: 'first' }],
      kept: [{ because: 'in-use', count: 1_999 }],
    });
    await housekeeper.prune();
    things.set('another', { ...things.get(staying[0]!)!, id: 'another', isInUse: false });
    expect(await housekeeper.prune(operator)).toMatchObject([{ id: 'another', outcome: 'removed' }]);
    const few = housekeeperOf(placeOf(staying.slice(0, 10)).store).housekeeper;
    expect(await few.survey()).toMatchObject({ isPartial: false });
  });

  it('stops at once when it loses its lease, and whoever has it next ends what was begun', async () => {
    const ids = numbered(120, 'message');
    const { store, removed } = placeOf(ids);
    const { housekeeper, loseLease, open, releases } = housekeeperOf({
      ...store,
      remove: async (found) => {
        await store.remove(found);
        if (found.id === ids[2]) loseLease();
      },
    });
    expect((await housekeeper.prune())?.map(({ id }) => id)).toEqual(ids.slice(0, 3));
    expect(removed).toEqual(ids.slice(0, 3));
    expect(await open()).toEqual(ids.slice(3, 50).map((id) => `${kind} ${id}`));
    expect(releases()).toBe(1);
    const rest = await housekeeper.prune();
    expect(rest?.map(({ id }) => id)).toEqual(ids.slice(3));
    expect(removed).toEqual(ids);
    expect(await open()).toEqual([]);
  });

  it('ends nothing that another has begun once its lease is lost', async () => {
    const ids = numbered(3, 'message');
    const { store, removed } = placeOf(ids);
    let fails = true;
    const { housekeeper, loseLease, open } = housekeeperOf({
      ...store,
      remove: async (found) => {
        if (found.id === ids[0] || !fails) loseLease();
        await store.remove(found);
      },
    });
    await housekeeper.prune();
    expect(await open()).toHaveLength(2);
    fails = false;
    await housekeeper.prune();
    expect([await open(), removed]).toEqual([[`${kind} ${ids[2]}`], ids.slice(0, 2)]);
  });

  it('says what it had removed when a fault ends it early, and the next run removes the rest', async () => {
    const ids = numbered(120, 'message');
    const { store } = placeOf(ids);
    const events = new InMemoryEventStore();
    const { housekeeper, releases } = housekeeperOf(store, rules, events);
    const fault = new Error('disk full');
    const append = events.append.bind(events);
    let appends = 0;
    // The first group is begun and completed.
    events.append = async (request) => ((appends += 1) > 2 ? Promise.reject(fault) : append(request));
    const interrupted = await housekeeper.prune().catch((error: unknown) => error);
    expect(interrupted).toBeInstanceOf(PruningInterrupted);
    const { pruned, cause } = interrupted as PruningInterrupted;
    expect([pruned.map(({ id }) => id), cause, releases()]).toEqual([ids.slice(0, 50), fault, 1]);
    events.append = append;
    expect((await housekeeper.prune())?.map(({ id }) => id)).toEqual(ids.slice(50));
  });

  it('looks at what is older than its rule alone, and at nothing that is kept for ever', async () => {
    const asked: string[] = [];
    const { store } = placeOf(['a']);
    const noting: KeptStore = { ...store, list: async (before) => (asked.push(before), []) };
    await housekeeperOf(noting, { ...rules, [kind]: minutes(5) }).housekeeper.survey();
    await housekeeperOf(noting, { ...rules, [kind]: null }).housekeeper.survey();
    expect(asked).toEqual([at(now - minutes(5))]);
  });

  it('asks of a workspace whose name is no deployment for those alone that have used it', async () => {
    const { store, things, removed } = placeOf(['nightly'], [], 'workspace');
    things.set('nightly', { ...things.get('nightly')!, deployments: ['nightly', 'd-1'] });
    const events = new InMemoryEventStore();
    const { housekeeper } = housekeeperOf(store, rules, events);
    expect(await housekeeper.survey()).toMatchObject({ kept: [{ because: 'unknown-owner' }] });
    const released = { type: 'EnvironmentReleased', data: { stream: 'environment-notes.staging', version: 2 } };
    const history = sealedEvents('deployment-d-1', [...histories.succeeded(), released]);
    await events.append({ stream: 'deployment-d-1', expectedVersion: 0, commandId: 'd-1', events: history });
    expect(await housekeeper.prune()).toMatchObject([{ id: 'nightly', outcome: 'removed' }]);
    expect(removed).toEqual(['nightly']);
  });

  it('looks up no owner of what is in use: there may be any number of them', async () => {
    const { store, things } = placeOf(['a'], ['a']);
    things.set('a', { ...things.get('a')!, deployments: numbered(101, 'owner') });
    const events = new InMemoryEventStore();
    events.read = () => Promise.reject(new Error('an owner was looked up'));
    expect(await housekeeperOf(store, rules, events).housekeeper.survey()).toMatchObject({
      kept: [{ because: 'in-use', count: 1 }],
    });
  });

  it('records what could not be removed, and why, and goes on with the next', async () => {
    const { store } = placeOf(['a', 'b']);
    const { housekeeper, open } = housekeeperOf({
      ...store,
      remove: async (found) => {
        if (found.id === 'a') throw new Error('EACCES');
        await store.remove(found);
      },
    });
    expect(await housekeeper.prune()).toMatchObject([
      { id: 'a', outcome: 'failed', why: 'EACCES' },
      { id: 'b', outcome: 'removed' },
    ]);
    expect(await open()).toEqual([]);
  });

  it('does not call removed what is still there', async () => {
    const { store } = placeOf(['a']);
    const { housekeeper } = housekeeperOf({ ...store, remove: async () => undefined });
    expect(await housekeeper.prune()).toMatchObject([{ id: 'a', outcome: 'kept', why: 'in-use' }]);
  });

  it('keeps what somebody has begun to use since it was chosen', async () => {
    const { store, things, removed } = placeOf(['a']);
    const { housekeeper } = housekeeperOf({
      ...store,
      measure: async (found) => {
        things.set('a', { ...things.get('a')!, isInUse: true });
        return store.measure(found);
      },
    });
    expect(await housekeeper.prune()).toMatchObject([{ id: 'a', outcome: 'kept', why: 'in-use' }]);
    expect(removed).toEqual([]);
  });
});
