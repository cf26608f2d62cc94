import { describe, expect, it } from 'vitest';
import {
  deploymentAggregate,
  deploymentStream,
  deploymentWorkflow,
  type DeploymentCommand,
  type Phase,
  type StepOutcome,
} from '@backstay/deployment';
import { exampleRequested } from '@backstay/deployment/testing';
import type { Plan } from '@backstay/document';
import {
  AggregateRepository,
  InMemoryEventStore,
  Rejection,
  SharedSubscription,
  type EventStore,
} from '@backstay/event-sourcing';
import { sealedEvents } from '@backstay/event-sourcing/testing';
import { LeaseKeeper } from '@backstay/postgres';
import { aggregatesOn } from '../aggregates.ts';
import { sha256 } from '../platform.ts';
import { InMemoryLeases } from '../testing/in-memory/leases.ts';
import { InMemoryPendingWork } from '../testing/in-memory/pending-work.ts';
import { Random } from '../testing/in-memory/random.ts';
import { VirtualTime } from '../testing/in-memory/virtual-time.ts';
import { planOf, run, step } from '../testing/plans.ts';
import { Detached } from './effect-handler.ts';
import type { EffectResult } from './effect-result.ts';
import { PhaseHost, type DeploymentHandlers } from './phase-host.ts';
import { PhaseWorker } from './phase-worker.ts';
import { Slots } from './slots.ts';
import type { WorkerMetrics } from './worker-metrics.ts';

const actor = { kind: 'system', name: 'spec' } as const;
const silent = { info: () => {}, warn: () => {}, error: () => {} };
const uncounted = { effect: () => () => {}, fault: () => {}, pendingWork: () => {} };
const holder = { machine: 'here/', holder: 'here/1', isDead: () => false };

/** One process on ports in memory, and time that only moves when the test lets it. */
function stage({ slots = { work: new Slots(8), rollback: new Slots(8) } } = {}) {
  const time = new VirtualTime(new Random(1));
  const store = new InMemoryEventStore();
  let ids = 0;
  const ports = {
    store,
    ids: () => `e${(ids += 1)}`,
    digest: sha256,
    now: () => time.now(),
  };
  const aggregates = aggregatesOn(ports);
  const leases = new InMemoryLeases(() => time.ms);
  const timers = { after: time.after.bind(time), elapsedMs: () => time.ms };
  const shared = {
    store,
    events: new SharedSubscription(store, { signal: new AbortController().signal }),
    ...aggregates,
    leases: new LeaseKeeper(leases, { holder: holder.holder, timers }),
    pendingWork: new InMemoryPendingWork(
      () => time.ms,
      (name) => leases.heldBy(name),
    ),
    slots,
    holder,
    host: 'here',
    clock: time,
  };
  const hostOf = (handlers: Readonly<Partial<Record<Phase, DeploymentHandlers>>>, metrics: WorkerMetrics = uncounted) =>
    new PhaseHost(
      shared,
      Object.entries(handlers).map(([phase, deployment]) => ({
        phase: phase as Phase,
        deployment,
        metrics,
        logger: silent,
      })),
    );
  const send = async (id: string, ...commands: readonly DeploymentCommand[]) => {
    for (const command of commands) await aggregates.deployments.handle(id, command, { actor });
  };
  /** Planned, with what ran before recorded: its first step is due. */
  const planned = async (id: string, plan: Plan) => {
    const at = time.now();
    const report = (phase: 'execution' | 'verification' | 'monitoring'): DeploymentCommand => ({
      type: 'ReportPreflight',
      phase,
      findings: [],
      at,
    });
    await send(
      id,
      exampleRequested({ id, request: { document: '#' }, origin: { source: 'spec', id, bodyDigest: id }, at }),
      { type: 'DraftPlan', plan, digest: 'sha256:plan', commit: null, warnings: [], inherited: null },
      { type: 'ClearBlockers', satisfied: [], at },
      {
        type: 'RequestPreflight',
        claim: { stream: 'environment-x.staging', version: 1 },
        running: null,
        verifiedGood: null,
        quarantined: [],
        at,
      },
      report('execution'),
      report('verification'),
      report('monitoring'),
      {
        type: 'CaptureRollbackPoint',
        point: { target: null, configurationDigest: null, schemaVersion: null, backupStep: null, weights: [] },
      },
    );
  };
  return { time, store, ports, aggregates, leases, shared, hostOf, send, planned };
}

const waits = (count: number, ms: number) =>
  planOf(Array.from({ length: count }, (_, index) => step(`deploy.${index + 1}`, { kind: 'wait', ms })));

describe('slots', () => {
  it('let eight of two hundred due builds run at a time, each of them once, and leave rollback its own', async () => {
    const { time, shared, hostOf, planned } = stage();
    let atOnce = 0;
    let most = 0;
    const built: string[] = [];
    const host = hostOf({
      execution: {
        'perform-step': async ({ step: each, attempt }, { id, token, host: here, now }) => {
          most = Math.max(most, (atOnce += 1));
          await new Promise<void>((resolve) => time.after(1_000, resolve));
          atOnce -= 1;
          built.push(id);
          const outcome = { status: 'succeeded' } as const;
          return [{ type: 'CompleteStep', step: each.id, attempt, token, host: here, outcome, result: {}, at: now() }];
        },
      },
    });
    for (let n = 0; n < 200; n += 1) await planned(`d${n}`, planOf([run('deploy.1', 'make')]));
    await host.start();
    await time.until(
      () => atOnce === 8,
      1_000,
      () => `${atOnce} at once`,
    );
    expect(shared.slots.rollback.take('rollback', () => {})).not.toBeNull();
    await time.until(
      () => built.length === 200,
      60_000,
      () => `${built.length} of 200`,
    );
    expect(most).toBe(8);
    expect(new Set(built).size).toBe(200);
  });

  it('make no tick of fifty watches and no end of twenty waits late beside eight long commands', async () => {
    const { time, aggregates, hostOf, send, planned } = stage();
    const late: number[] = [];
    let commands = 0;
    const never = new Promise<never>(() => {});
    const host = hostOf({
      execution: {
        'perform-step': () => {
          commands += 1;
          return never;
        },
        'complete-wait': ({ step: id, attempt, waitedMs }, { id: deployment, token, host: here, now }) => {
          const record = aggregates.deployments.peek(deployment)?.state;
          const steps = record !== undefined && 'steps' in record ? record.steps : {};
          late.push(time.ms - Date.parse(steps[id]?.startedAt ?? '') - waitedMs);
          const outcome = { status: 'succeeded' } as const;
          return Promise.resolve([
            { type: 'CompleteStep', step: id, attempt, token, host: here, outcome, result: {}, at: now() },
          ]);
        },
      },
      monitoring: {
        watch: async (_effect, { now }) => {
          for (let due = Date.parse(now()) + 1_000; ; due += 1_000) {
            await new Promise<void>((resolve) => time.after(due - time.ms, resolve));
            late.push(time.ms - due);
          }
        },
      },
    });
    const watched = planOf([], {
      monitoring: {
        source: { kind: 'scrape', url: 'http://127.0.0.1:1/metrics' },
        watchMs: 600_000,
        metrics: [{ metric: 'error-rate', unit: 'ratio', optional: false, source: { line: 1 } }],
      } as unknown as Partial<Plan['monitoring']>,
    });
    await host.start();
    for (let n = 0; n < 8; n += 1) await planned(`long-${n}`, planOf([run('deploy.1', 'make')]));
    await time.until(
      () => commands === 8,
      10_000,
      () => `${commands} commands`,
    );
    for (let n = 0; n < 20; n += 1) await planned(`wait-${n}`, waits(5, 100));
    for (let n = 0; n < 50; n += 1) {
      await planned(`watch-${n}`, watched);
      await send(`watch-${n}`, {
        type: 'RecordChecks',
        purpose: 'verification',
        token: 1,
        results: [],
        at: time.now(),
      });
    }
    await time.pass(10_500);
    expect(late).toHaveLength(20 * 5 + 50 * 10);
    expect(Math.max(...late)).toBe(0);
    expect(commands).toBe(8);
  });
});

describe('a slot', () => {
  /** One slot for all commands and builds. */
  const single = { work: new Slots(1), rollback: new Slots(1) };

  it('is free while the effect that follows does not occupy the machine', async () => {
    const { time, hostOf, send } = stage({ slots: single });
    const begun: string[] = [];
    const host = hostOf({
      planning: {
        'draft-plan': (_effect, { id }) => {
          begun.push(`draft of ${id}`);
          return Promise.resolve([
            { type: 'DraftPlan', plan: planOf([]), digest: 'sha256:p', commit: null, warnings: [], inherited: null },
          ]);
        },
        'check-blockers': (_effect, { id }) => {
          begun.push(`blockers of ${id}`);
          return new Promise(() => {});
        },
      },
    });
    await host.start();
    for (const id of ['one', 'other']) await send(id, exampleRequested({ id, at: time.now() }));
    await time.pass(100);
    expect(begun.toSorted()).toEqual(['blockers of one', 'blockers of other', 'draft of one', 'draft of other']);
  });

  it('is free while the step that had it waits to be tried again', async () => {
    const { time, hostOf, planned } = stage({ slots: single });
    const begun: string[] = [];
    const host = hostOf({
      execution: {
        'perform-step': ({ step: each, attempt }, { id, token, host: here, now }) => {
          begun.push(`${id} ${attempt}`);
          if (id === 'other') return new Promise(() => {});
          const outcome = { status: 'failed', reason: 'exit code 1' } as const;
          return Promise.resolve([
            { type: 'CompleteStep', step: each.id, attempt, token, host: here, outcome, result: {}, at: now() },
          ]);
        },
      },
    });
    const again = { effect: 'idempotent', retry: { times: 1, everyMs: 900 } } as const;
    await planned('one', planOf([run('deploy.1', 'make', again)]));
    await planned('other', planOf([run('deploy.1', 'make')]));
    await host.start();
    await time.pass(800);
    expect(begun).toEqual(['one 1', 'other 1']);
  });
});

describe('a worker that is called because a slot is free', () => {
  it('takes it at once, also where an earlier try was to rest for long', async () => {
    const { time, hostOf, planned } = stage({ slots: { work: new Slots(1), rollback: new Slots(1) } });
    const begun: string[] = [];
    const host = hostOf({
      execution: {
        'perform-step': async ({ step: each, attempt }, { id, token, host: here, now }) => {
          begun.push(id);
          if (id === 'resting') return { lookAgainAt: new Date(time.ms + 600_000).toISOString() };
          await new Promise<void>((resolve) => time.after(1_000, resolve));
          const outcome = { status: 'succeeded' } as const;
          return [{ type: 'CompleteStep', step: each.id, attempt, token, host: here, outcome, result: {}, at: now() }];
        },
      },
    });
    for (const id of ['resting', 'long']) await planned(id, planOf([run('deploy.1', 'make')]));
    await host.start();
    await time.pass(100);
    host.wake('execution', deploymentStream('resting'));
    await time.pass(100);
    expect(begun).toEqual(['resting', 'long']);
    await time.pass(1_000);
    expect(begun).toEqual(['resting', 'long', 'resting']);
  });
});

describe('what is recorded while an effect runs that meets a fault', () => {
  const trigger = { kind: 'manual', text: 'stop', line: null, by: 'operator' } as const;

  /** A step whose last try is asked to stop and throws; in milliseconds, how long after that its interruption begins. */
  async function interruptedAfter(tries: number, error: Error): Promise<number> {
    const { time, hostOf, send, planned } = stage();
    let tried = 0;
    let announced = 0;
    let interrupted = 0;
    const host = hostOf({
      execution: {
        'perform-step': async (_effect, { id }) => {
          tried += 1;
          if (tried < tries) throw error;
          announced = time.ms;
          await send(id, { type: 'TriggerRollback', trigger, reason: 'stop', at: time.now() });
          throw error;
        },
        'interrupt-step': () => {
          interrupted = time.ms;
          return new Promise(() => {});
        },
      },
    });
    await planned('d', planOf([run('deploy.1', 'make')]));
    await host.start();
    await time.until(
      () => interrupted > 0,
      120_000,
      () => `${tried} tries, no interruption`,
    );
    return interrupted - announced;
  }

  it('is acted on at once, also where the phase holds the work because of the fault', async () => {
    expect(await interruptedAfter(5, new TypeError('x is undefined'))).toBeLessThan(100);
  });

  it('is acted on at once where the effect is only to be tried again later', async () => {
    expect(await interruptedAfter(3, new TypeError('x is undefined'))).toBeLessThan(100);
  });

  it('is acted on as soon as the pause is over, where the platform met the fault', async () => {
    expect(await interruptedAfter(1, Object.assign(new Error('full'), { code: 'ENOSPC' }))).toBe(1_000);
  });
});

describe('what somebody else records', () => {
  /** The deployment is cancelled as soon as this has been done, and the process has heard of it before it knows the result. */
  async function cancelledBehind(point: 'the lease is taken' | 'the intent is appended', plan?: Plan) {
    const { time, store, ports, leases, hostOf, planned, send } = stage();
    const elsewhere = aggregatesOn(ports).deployments;
    let isCancelled = false;
    const cancel = async () => {
      if (isCancelled) return;
      isCancelled = true;
      const command = { type: 'CancelDeployment', reason: 'not today', by: 'operator', at: time.now() } as const;
      await elsewhere.handle('d', command, { actor });
      await new Promise((heard) => setImmediate(heard));
    };
    const acquire = leases.acquire.bind(leases);
    const append = store.append.bind(store);
    if (point === 'the lease is taken') {
      leases.acquire = async (...asked) => {
        const acquired = await acquire(...asked);
        await cancel();
        return acquired;
      };
    } else {
      store.append = async (batch) => {
        const appended = await append(batch);
        if (batch.events.some(({ type }) => type === 'StepStarted')) await cancel();
        return appended;
      };
    }
    const begun: string[] = [];
    const announced: string[] = [];
    const lasts = ({ kind }: { readonly kind: string }, { unwanted }: { readonly unwanted: AbortSignal }) => {
      begun.push(kind);
      return new Promise<[]>((resolve) => {
        const end = () => {
          announced.push(kind);
          resolve([]);
        };
        if (unwanted.aborted) end();
        else unwanted.addEventListener('abort', end);
      });
    };
    const host = hostOf({
      planning: { 'draft-plan': lasts },
      execution: { 'perform-step': lasts, 'complete-wait': lasts, 'interrupt-step': lasts },
    });
    if (plan === undefined) await send('d', exampleRequested({ id: 'd', at: time.now() }));
    else await planned('d', plan);
    await host.start();
    await time.pass(100);
    return { isCancelled, begun, announced };
  }

  it('while the lease is taken is heard by an effect that begins on what was known before', async () => {
    const heard = await cancelledBehind('the lease is taken');
    expect(heard).toEqual({ isCancelled: true, begun: ['draft-plan'], announced: ['draft-plan'] });
  });

  it('while the intent is appended is heard by the effect that begins then', async () => {
    const heard = await cancelledBehind('the intent is appended', planOf([run('deploy.1', 'make')]));
    expect(heard).toEqual({
      isCancelled: true,
      begun: ['perform-step', 'interrupt-step'],
      announced: ['perform-step'],
    });
  });

  it('while the start of a short wait is appended ends that wait', async () => {
    const heard = await cancelledBehind('the intent is appended', waits(1, 900));
    expect(heard).toEqual({ isCancelled: true, begun: ['interrupt-step'], announced: [] });
  });
});

describe('a fencing token', () => {
  it('is higher than all that the phase has used, also when the table of leases has lost its rows', async () => {
    const { time, hostOf, send, planned } = stage();
    await planned('taken-up', planOf([run('deploy.1', 'make')]));
    await send('taken-up', { type: 'BeginStep', step: 'deploy.1', token: 7, host: 'elsewhere', at: time.now() });
    const tokens: number[] = [];
    const host = hostOf({
      execution: {
        'perform-step': (_effect, { token }) => {
          tokens.push(token);
          return new Promise(() => {});
        },
      },
    });
    await host.start();
    await time.pass(100);
    expect(tokens).toEqual([8]);
  });
});

describe('the metric of effects', () => {
  const completed = (outcome: StepOutcome): DeploymentHandlers['perform-step'] => {
    return ({ step: { id }, attempt }, { token, host, now }) =>
      Promise.resolve([{ type: 'CompleteStep', step: id, attempt, token, host, outcome, result: {}, at: now() }]);
  };
  const thrown = (error: Error) => () => Promise.reject(error);

  it.each<[EffectResult['kind'], DeploymentHandlers['perform-step']]>([
    ['outcome', completed({ status: 'succeeded' })],
    ['outcome', completed({ status: 'failed', reason: 'exit code 1' })],
    ['unknown', completed({ status: 'unknown', reason: 'no record' })],
    ['unchanged', () => Promise.resolve([])],
    ['rejection', thrown(new Rejection('not-now', 'no'))],
    ['fault', thrown(new TypeError('x is undefined'))],
    ['detached', thrown(new Detached('it was taken over'))],
  ])('reports %s for what had that result', async (result, perform) => {
    const results: string[] = [];
    const metrics = { ...uncounted, effect: (kind: string) => (each: string) => void results.push(`${kind} ${each}`) };
    const { time, hostOf, planned } = stage();
    await planned('d', planOf([run('deploy.1', 'make')]));
    const host = hostOf({ execution: { 'perform-step': perform! } }, metrics);
    await host.start();
    await time.pass(100);
    expect(results[0]).toBe(`perform-step ${result}`);
  });
});

describe('an effect that waits for other streams', () => {
  const actorOf = { actor } as const;
  const minute = 60_000;

  /** Planning of a deployment that may go on when another one has ended, or another release runs; when it looked. */
  async function blocked(awaits: readonly string[]) {
    const { time, aggregates, shared, hostOf, send } = stage();
    const looks: number[] = [];
    const host = hostOf({
      planning: {
        'draft-plan': () =>
          Promise.resolve([
            { type: 'DraftPlan', plan: planOf([]), digest: 'sha256:p', commit: null, warnings: [], inherited: null },
          ]),
        'check-blockers': (_effect, { id }) => {
          if (id === 'blocked') looks.push(time.ms);
          return Promise.resolve({ lookAgainAt: new Date(time.ms + 10 * minute).toISOString(), awaits });
        },
      },
    });
    await host.start();
    for (const id of ['other', 'blocked']) await send(id, exampleRequested({ id, at: time.now() }));
    await time.pass(minute);
    return { time, aggregates, shared, host, send, looks };
  }

  it('is tried again when one of them ends, and no sooner', async () => {
    const { time, host, send, looks } = await blocked(['deployment-other']);
    expect(looks).toHaveLength(1);
    const at = time.now();
    const until = new Date(time.ms + 60 * minute).toISOString();
    const hold = { code: 'blocked-by', why: 'it waits itself', duty: null, step: null, winner: null, until } as const;
    await send('other', { type: 'HoldDeployment', ...hold, at });
    await send('third', exampleRequested({ id: 'third', at }), { type: 'CancelDeployment', reason: 'no', by: 'x', at });
    await time.pass(minute);
    expect(looks).toHaveLength(1);
    await send('other', { type: 'CancelDeployment', reason: 'not today', by: 'operator', at: time.now() });
    await time.pass(100);
    expect(looks).toHaveLength(2);
    await host.stop();
  });

  it('is tried again when another release runs in one of them', async () => {
    const { time, aggregates, host, looks } = await blocked(['environment-ledger.staging']);
    const [at, deployment] = [time.now(), 'earlier'];
    const settled = { outcome: 'succeeded', running: null, verifiedGood: null, quarantined: null };
    const settle = (id: string) =>
      aggregates.environments.handle(id, { type: 'SettleEnvironment', deployment, ...settled, at }, actorOf);
    for (const id of ['shop.staging', 'ledger.staging'])
      await aggregates.environments.handle(id, { type: 'ClaimEnvironment', deployment, at }, actorOf);
    await settle('shop.staging');
    await time.pass(minute);
    expect(looks).toHaveLength(1);
    await settle('ledger.staging');
    await time.pass(100);
    expect(looks).toHaveLength(2);
    await host.stop();
  });

  it('is tried at its time all the same', async () => {
    const { time, host, looks } = await blocked(['deployment-other']);
    await time.pass(10 * minute);
    expect(looks).toHaveLength(2);
    await host.stop();
  });
});

describe('what the subscription delivers', () => {
  it('is folded by the worker that it wakes, which reads nothing of the store', async () => {
    const { time, store, ports, hostOf } = stage();
    const read = store.read.bind(store);
    const unchanged = ['append', 'readAll', 'compareCursors', 'sortKey', 'subscribe'] as const;
    const bound = Object.fromEntries(unchanged.map((name) => [name, store[name].bind(store)])) as unknown as EventStore;
    const elsewhere = aggregatesOn({ ...ports, store: { ...bound, read } });
    const reads: string[] = [];
    store.read = (stream, options) => {
      reads.push(stream);
      return read(stream, options);
    };
    const seen: string[] = [];
    const host = hostOf({
      planning: {
        'draft-plan': (_effect, { state }) => {
          seen.push(state.status);
          return new Promise(() => {});
        },
      },
    });
    await host.start();
    await elsewhere.deployments.handle('new', exampleRequested({ id: 'new', at: time.now() }), { actor });
    await time.pass(100);
    expect(seen).toEqual(['planning']);
    expect(reads).toEqual([]);
  });
});

describe('an event of an environment that this version does not know', () => {
  it.each(['before the start', 'later'])('keeps nobody from the events that follow it: %s', async (when) => {
    const { time, store, ports, hostOf } = stage();
    const elsewhere = aggregatesOn(ports);
    const begun: string[] = [];
    const host = hostOf({
      planning: {
        'draft-plan': (_effect, { id }) => {
          begun.push(id);
          return new Promise(() => {});
        },
      },
    });
    const stream = 'environment-ledger.staging';
    const events = sealedEvents(stream, [{ type: 'EnvironmentBlessed', data: {} }]);
    if (when === 'later') await host.start();
    await store.append({ stream, expectedVersion: 0, commandId: 'x', events });
    if (when !== 'later') await host.start();
    await elsewhere.deployments.handle('next', exampleRequested({ id: 'next', at: time.now() }), { actor });
    await time.pass(100);
    expect(begun).toEqual(['next']);
  });
});

describe('one act', () => {
  it('asks next once for each decision, folds each event once, and reads nothing back', async () => {
    const { time, store, ports, shared, planned } = stage();
    await planned('counted', waits(12, 1));
    const counts = { next: 0, folds: 0, reads: 0 };
    const read = store.read.bind(store);
    store.read = (...args: Parameters<typeof read>) => {
      counts.reads += 1;
      return read(...args);
    };
    const repository = new AggregateRepository(
      {
        ...deploymentAggregate,
        decider: {
          ...deploymentAggregate.decider,
          evolve: (state, event) => {
            counts.folds += 1;
            return deploymentAggregate.decider.evolve(state, event);
          },
        },
      },
      ports,
    );
    const before = (await repository.load('counted')).head.version;
    let isOver = (): void => {};
    const over = new Promise<void>((resolve) => (isOver = resolve));
    const worker = new PhaseWorker({
      ...shared,
      phase: 'execution',
      slots: shared.slots.work,
      repository,
      workflow: {
        ...deploymentWorkflow,
        next: (...asked) => {
          counts.next += 1;
          return deploymentWorkflow.next(...asked);
        },
      },
      handlers: {
        'complete-wait': ({ step: id, attempt }, { token, host, now }) => {
          const outcome = { status: 'succeeded' } as const;
          return Promise.resolve([
            { type: 'CompleteStep', step: id, attempt, token, host, outcome, result: {}, at: now() },
          ]);
        },
      },
      metrics: uncounted,
      logger: silent,
      onSettled: () => isOver(),
    });
    Object.assign(counts, { next: 0, folds: 0, reads: 0 });
    worker.wake('counted', before);
    await time.until(
      () => repository.peek('counted')?.state.status === 'verifying',
      10_000,
      () => 'the steps do not end',
    );
    await over;
    const after = (await store.readAll(null, 1_000)).filter(({ stream }) => stream === deploymentStream('counted'));
    // Whether there is anything to do, the first look, the look under the lease; then each step's wait and its end, and the last look.
    expect(counts).toEqual({ next: 3 + 2 * 12 + 1, folds: after.length - before, reads: 0 });
  });
});

describe('a worker that survives', () => {
  /** A worker whose `draft-plan` counts its tries and throws; `next` throws for the stream `poison`. */
  function worker(error: Error, setUp = stage()) {
    const { time, shared, send } = setUp;
    const tried: string[] = [];
    let skewMs = 0;
    const poisoned = new PhaseWorker({
      ...shared,
      clock: {
        now: () => new Date(time.ms + skewMs).toISOString(),
        elapsedMs: () => time.ms,
        after: time.after.bind(time),
      },
      phase: 'planning',
      slots: shared.slots.work,
      repository: shared.deployments,
      workflow: {
        ...deploymentWorkflow,
        next: (phase, state, now) => {
          if ('id' in state && state.id === 'poison') throw new TypeError('a state that nobody thought of');
          return deploymentWorkflow.next(phase, state, now);
        },
      },
      handlers: {
        'draft-plan': (_effect, { id }) => {
          tried.push(id);
          throw error;
        },
      },
      metrics: uncounted,
      logger: silent,
      onSettled: () => {},
    });
    const request = (id: string) => send(id, exampleRequested({ id, at: time.now() }));
    return { time, shared, tried, request, worker: poisoned, setClock: (ms: number) => (skewMs = ms) };
  }

  it('leaves a stream about which no decision can be made alone, and acts on the others', async () => {
    const { time, shared, tried, request, worker: survivor } = worker(new TypeError('x'));
    for (const id of ['poison', 'sound']) await request(id);
    // The state is known, so that the question is asked within the call.
    await shared.deployments.load('poison');
    expect(() => survivor.wake('poison', 1)).not.toThrow();
    expect(survivor.settles('poison', 1)).toBe(false);
    survivor.wake('sound', 1);
    await time.pass(100);
    expect(tried).toEqual(['sound']);
    await survivor.drain();
  });

  it.each([
    ['a fault of one effect', new TypeError('x')],
    ['what everybody lacks', Object.assign(new Error('full'), { code: 'ENOSPC' })],
  ])('tries again after %s when it was to, although the clock was set back by an hour', async (_, error) => {
    const { time, tried, request, worker: survivor, setClock } = worker(error);
    await request('d');
    survivor.wake('d', 1);
    await time.pass(100);
    expect(tried).toEqual(['d']);
    setClock(-3_600_000);
    await time.pass(1_000);
    survivor.wake('d', 1);
    await time.pass(100);
    expect(tried).toEqual(['d', 'd']);
    await survivor.drain();
  });
});
