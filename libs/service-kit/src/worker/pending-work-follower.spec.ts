import { describe, expect, it, vi } from 'vitest';
import { deploymentAggregate, deploymentStream, deploymentWorkflow } from '@backstay/deployment';
import { exampleRequested } from '@backstay/deployment/testing';
import { AggregateRepository, InMemoryEventStore, type RecordedEvent } from '@backstay/event-sourcing';
import { sealedEvents } from '@backstay/event-sourcing/testing';
import { LeaseKeeper, type PendingChange } from '@backstay/postgres';
import { sha256 } from '../platform.ts';
import { InMemoryLeases } from '../testing/in-memory/leases.ts';
import { InMemoryPendingWork } from '../testing/in-memory/pending-work.ts';
import { Random } from '../testing/in-memory/random.ts';
import { VirtualTime } from '../testing/in-memory/virtual-time.ts';
import { PendingWorkFollower, type VersionedWakeUp } from './pending-work-follower.ts';
import { PhaseWorker } from './phase-worker.ts';
import { Slots } from './slots.ts';

const stream = 'deployment-waiting';
const silent = { info: () => {}, warn: () => {}, error: () => {} };
const later = '2026-01-01T08:00:00.000Z';
const asleep: PendingChange = { phase: 'planning', stream, version: 5, kind: 'sleep', wakeAt: later };

/** Replicas of planning over one table; their workers do what a test has them do, and events come when it says so. */
function replicas({ holderOf = (): string | null => null, isBusy = false } = {}) {
  const time = new VirtualTime(new Random(1));
  const store = new InMemoryEventStore();
  const table = new InMemoryPendingWork(() => time.ms, holderOf);
  /** An event of the environment, which wakes the deployment that waits for it. */
  const release = async (): Promise<void> => {
    const events = sealedEvents('environment-notes.staging', [{ type: 'EnvironmentSettled', data: {} }]);
    await store.append({ stream: 'environment-notes.staging', expectedVersion: 0, commandId: 'c', events });
  };
  const start = async (name: string, onWake: () => void) => {
    let isHearing = true;
    const follower = new PendingWorkFollower({
      pending: table,
      readAll: (after, limit) => store.readAll(after, limit),
      compareCursors: (one, other) => store.compareCursors(one, other),
      subscribe: async function* (options) {
        for await (const batch of store.subscribe(options)) {
          if (!isHearing) await new Promise(() => {});
          yield batch;
        }
      },
      absorb: () => {},
      wakeUpsOf: (_event: RecordedEvent): Promise<readonly VersionedWakeUp[]> =>
        Promise.resolve([{ phase: 'planning', stream, version: 0 }]),
      holder: { machine: `${name}/`, holder: `${name}/1`, isDead: (other) => other.endsWith('/dead') },
      clock: time,
      logger: silent,
    });
    follower.register({
      phase: 'planning',
      category: 'deployment',
      wake: onWake,
      settles: () => false,
      isBusyWith: () => isBusy,
    });
    await follower.start();
    return { follower, goDeaf: () => (isHearing = false) };
  };
  const due = async () => (await table.look(['planning'], 10, 'any/')).due.map((work) => work.stream);
  return { time, table, start, release, due };
}

describe('a wake-up by an event of another stream', () => {
  it('is written over the sleep of a deployment, whose own stream has nothing new', async () => {
    const { time, start, release, due } = replicas();
    const { follower } = await start('here', () => {});
    follower.settle(asleep, true);
    await time.pass(2_000);
    expect(await due()).toEqual([]);
    await release();
    await time.pass(5_000);
    expect(await due()).toEqual([stream]);
  });

  it('is not undone by a replica that looked before it heard of the event and writes afterwards', async () => {
    const { time, start, release, due } = replicas();
    await start('here', () => {});
    const { follower, goDeaf } = await start('there', () => {});
    goDeaf();
    await release();
    await time.pass(5_000);
    expect(await due()).toEqual([stream]);
    follower.settle(asleep, true);
    await time.pass(5_000);
    expect(await due()).toEqual([stream]);
  });

  it('is over when a worker that has heard of the event has looked', async () => {
    const { time, start, release, due } = replicas();
    const { follower } = await start('here', () => void time.after(10, () => follower.settle(asleep, true)));
    await release();
    await time.pass(5_000);
    expect(await due()).toEqual([]);
  });
});

describe('the first look at what was recorded', () => {
  const away = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });

  it('is made again while the database is away, and wakes whom it would have woken', async () => {
    const { time, table, start, release } = replicas();
    await release();
    const look = vi.spyOn(table, 'look').mockRejectedValueOnce(away).mockRejectedValueOnce(away);
    let wakeUps = 0;
    const starting = start('here', () => (wakeUps += 1));
    await time.pass(5_000);
    await starting;
    expect(look.mock.calls.length).toBeGreaterThan(2);
    expect(wakeUps).toBeGreaterThan(0);
  });

  it('ends the start where another look would find the same', async () => {
    const { table, start } = replicas();
    vi.spyOn(table, 'look').mockRejectedValueOnce(new Error('no such table'));
    await expect(start('here', () => {})).rejects.toThrow('no such table');
  });
});

describe('a row of the table that is due', () => {
  const found: PendingChange = { phase: 'planning', stream, version: 5, kind: 'wake' };

  /** Looks at the table for ten seconds; how often the worker here was woken. */
  async function woken({
    holder = null,
    isBusy = false,
    settles = null,
  }: {
    readonly holder?: string | null;
    readonly isBusy?: boolean;
    readonly settles?: PendingChange | null;
  }) {
    const { time, table, start, due } = replicas({ holderOf: () => holder, isBusy });
    await table.write([found], new Map());
    let count = 0;
    const { follower } = await start('here', () => {
      count += 1;
      if (settles !== null) void time.after(10, () => follower.settle(settles, false));
    });
    await time.pass(10_000);
    return { count, rows: table.rows.length, due: (await due()).length };
  }

  it('wakes a worker at each look as long as nothing is settled', async () => {
    expect((await woken({})).count).toBeGreaterThanOrEqual(10);
  });

  it('wakes nobody who is at work on it', async () => {
    expect(await woken({ isBusy: true })).toMatchObject({ count: 0, due: 1 });
  });

  it('wakes nobody again who has put it to sleep, which is written soon', async () => {
    expect(await woken({ settles: asleep })).toEqual({ count: 1, rows: 1, due: 0 });
  });

  it('is deleted where the worker finds nothing to do', async () => {
    expect(await woken({ settles: { phase: 'planning', stream, version: 5, kind: 'none' } })).toEqual({
      count: 1,
      rows: 0,
      due: 0,
    });
  });

  it.each([
    ['nobody, where this process has the lease', 'here/1', 0],
    ['nobody, where another process of this machine has it', 'here/2', 0],
    ['nobody, where another machine has it', 'there/1', 0],
    ['a worker, where a process of this machine that has died has it', 'here/dead', 1],
  ])('wakes %s', async (_whom, holder, times) => {
    expect((await woken({ holder, settles: asleep })).count).toBe(times);
  });
});

describe('a worker that is woken while it looks', () => {
  it('puts nothing to sleep before it has looked once more', async () => {
    const time = new VirtualTime(new Random(1));
    const store = new InMemoryEventStore();
    let ids = 0;
    const repository = new AggregateRepository(deploymentAggregate, {
      store,
      ids: () => `e${(ids += 1)}`,
      digest: sha256,
      now: () => time.now(),
    });
    const actor = { kind: 'system', name: 'spec' } as const;
    await repository.handle('waiting', exampleRequested({ id: 'waiting' }), { actor });
    const heard: string[] = [];
    const leases = new InMemoryLeases(() => time.ms);
    const timers = { elapsedMs: () => time.ms, after: time.after.bind(time) };
    const worker = new PhaseWorker({
      phase: 'planning',
      workflow: deploymentWorkflow,
      repository,
      handlers: {
        'draft-plan': async () => {
          heard.push('looks');
          await new Promise<void>((resolve) => time.after(1_000, resolve));
          return { lookAgainAt: later };
        },
      },
      leases: new LeaseKeeper(leases, { holder: 'here/1', timers }),
      slots: new Slots(8),
      clock: time,
      host: 'here',
      metrics: { effect: () => () => {}, fault: () => {}, pendingWork: () => {} },
      logger: silent,
      onSettled: ({ kind }) => heard.push(kind),
    });
    worker.wake('waiting');
    await time.pass(500);
    worker.wake('waiting');
    await time.pass(5_000);
    expect(heard).toEqual(['looks', 'looks', 'sleep']);
    expect(deploymentStream('waiting')).toBe(stream);
  });
});
