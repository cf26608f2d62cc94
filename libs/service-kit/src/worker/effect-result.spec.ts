import { describe, expect, it } from 'vitest';
import { deploymentStream, activeState, type Effect, type Phase } from '@backstay/deployment';
import { examplePlan, exampleStep, minutes } from '@backstay/deployment/testing';
import type { Plan } from '@backstay/document';
import { Rejection } from '@backstay/event-sourcing';
import { cleanRecord, workLease } from '@backstay/postgres';
import { Simulation } from '../testing/simulation/simulation.ts';
import type { SimulatedScript } from '../testing/simulation/world.ts';
import { Detached } from './effect-handler.ts';
import { resultOf } from './effect-result.ts';

const { monitoring } = examplePlan();
const seconds = (count: number): number => count * 1_000;

function planOf(changes: Partial<Plan> = {}): Plan {
  return examplePlan({ steps: [exampleStep('deploy.1')], monitoring: { ...monitoring, source: null }, ...changes });
}

interface Tried {
  readonly world: Simulation;
  /** When each effect was begun, in seconds since the first. */
  readonly tries: () => readonly number[];
}

/** A deployment, and when one kind of its effects is tried. */
async function tried(kind: Effect['kind'], script: SimulatedScript = {}): Promise<Tried> {
  const world = new Simulation();
  const times: number[] = [];
  world.onEffect = (_id, effect) => {
    if (effect.kind === kind) times.push(world.time.ms);
  };
  world.start();
  await world.request('d-1', { plan: planOf(), durationMs: () => 10, ...script });
  return { world, tries: () => times.map((time) => Math.round((time - times[0]!) / 100) / 10) };
}

/** Throws so many times where this kind of effect is begun. */
function failing(kind: Effect['kind'], times: number, error: () => Error): NonNullable<SimulatedScript['fault']> {
  let left = times;
  return (effect) => {
    if (effect.kind !== kind || left === 0) return;
    left -= 1;
    throw error();
  };
}

const systemError = (code: string, more: object = {}): Error => Object.assign(new Error(code), { code, ...more });
const recordOf = (world: Simulation, phase: Phase) => world.leases.recordOf(workLease(phase, deploymentStream('d-1')));

describe('what an act threw', () => {
  it.each([
    ['a rejection', new Rejection('not-next', 'no'), { kind: 'rejection' }],
    ['that it had to let go', new Detached('drains'), { kind: 'detached' }],
    ['a full disk', systemError('ENOSPC'), { kind: 'fault', scope: 'platform' }],
    ['a disk that fails', systemError('EIO'), { kind: 'fault', scope: 'platform' }],
    ['a database that is away', systemError('ECONNREFUSED', { syscall: 'connect' }), { scope: 'platform' }],
    ['a socket that is not there', systemError('ENOENT', { syscall: 'connect' }), { scope: 'platform' }],
    ['the cause of which is a full disk', new Error('no', { cause: systemError('ENOSPC') }), { scope: 'platform' }],
    ['a file that is missing', systemError('ENOENT', { syscall: 'open' }), { kind: 'fault', scope: 'effect' }],
    ['anything else', new TypeError('x is undefined'), { kind: 'fault', scope: 'effect' }],
    ['no error at all', 'text', { kind: 'fault', scope: 'effect' }],
  ])('that is %s has its result', (_what, error, result) => {
    expect(resultOf(error)).toMatchObject(result);
  });
});

describe('an act', () => {
  it('that happened is followed by the next at once', async () => {
    const { world } = await tried('perform-step');
    await world.untilComplete('d-1');
    expect(Date.parse(world.now) - Date.parse(world.events('d-1')[0]!.time)).toBeLessThan(seconds(2));
    expect(recordOf(world, 'execution')).toMatchObject(cleanRecord);
  });

  it('of which nobody knows the end is recorded, and waits for a person', async () => {
    const outcome = () => ({ status: 'unknown', reason: 'no record' }) as const;
    const { world } = await tried('perform-step', { outcome });
    await world.untilStatus('d-1', 'held');
    expect(world.state('d-1')).toMatchObject({ hold: { code: 'unknown-outcome', step: 'deploy.1' } });
    expect(recordOf(world, 'execution')).toMatchObject(cleanRecord);
  });

  it('that changed nothing is tried again after two seconds, by the same process or by another', async () => {
    const { world, tries } = await tried('draft-plan', { outcome: () => 'running' });
    const aQuietStep = exampleStep('deploy.1');
    await world.request('d-2', { plan: planOf({ service: 'other', steps: [aQuietStep] }), outcome: () => 'running' });
    await world.until(() => world.commands.running === 2);
    expect(tries()).toHaveLength(2);
    const looks: number[] = [];
    world.onEffect = (_id, { kind }) => {
      if (kind === 'await-quiet') looks.push(world.time.ms);
    };
    const trigger = { kind: 'manual', text: 'stop', line: null, by: 'operator' } as const;
    for (const process of world.processes) process.kill();
    world.start({ machine: 'there', phases: ['rollback'] });
    await world.handle('d-1', { type: 'TriggerRollback', trigger, reason: 'stop', at: world.now });
    await world.pass(seconds(11));
    expect(looks).toHaveLength(6);
  });
});

describe('an act that had to let go', () => {
  it('is tried again after two seconds where the lease stands, and is not a fault', async () => {
    const fault = failing('perform-step', 2, () => new Detached('another process has the command'));
    const { world, tries } = await tried('perform-step', { fault });
    await world.untilComplete('d-1');
    expect(tries()).toEqual([0, 2, 4]);
    expect(world.describe()).not.toContain('met a fault');
  });
});

describe('an act that the aggregate rejects', () => {
  it('is asked about again without delay where another one was faster', async () => {
    let isFirst = true;
    const { world, tries } = await tried('check-blockers', {
      fault: (effect) => {
        if (effect.kind !== 'check-blockers' || !isFirst) return;
        isFirst = false;
        void world.handle('d-1', { type: 'ClearBlockers', satisfied: [], at: world.now });
        throw new Rejection('nothing-to-clear', 'the blockers are cleared');
      },
    });
    await world.untilComplete('d-1');
    expect(tries()).toEqual([0]);
    const times = world.events('d-1').map(({ time }) => Date.parse(time));
    const gaps = times.slice(1).map((time, index) => time - times[index]!);
    expect(Math.max(...gaps)).toBeLessThan(500);
    expect(recordOf(world, 'planning')).toMatchObject(cleanRecord);
  });

  it('although nothing has changed is tried again after two seconds, and is not a fault', async () => {
    const fault = failing('check-blockers', 2, () => new Rejection('not-now', 'no'));
    const { world, tries } = await tried('check-blockers', { fault });
    await world.untilComplete('d-1');
    expect(tries()).toEqual([0, 2, 4]);
    expect(world.describe()).not.toContain('met a fault');
  });
});

describe('a fault of the platform', () => {
  it('pauses the phase, counts against nobody, and is over when the platform is back', async () => {
    const full = failing('draft-plan', 3, () => systemError('ENOSPC'));
    const { world, tries } = await tried('draft-plan', { fault: full });
    await world.until(() => tries().length === 1);
    await world.pass(100);
    await world.request('d-2', { plan: planOf({ service: 'other' }), durationMs: () => 10 });
    await world.pass(500);
    // What is asked for meanwhile waits as well.
    expect(world.types('d-2')).toEqual(['DeploymentRequested']);
    await world.untilComplete('d-1', 'd-2');
    expect(recordOf(world, 'planning')).toMatchObject({ faults: 0, deaths: 0 });
    expect(world.types('d-1')).not.toContain('DeploymentHeld');
    expect(world.state('d-1').status).toBe('succeeded');
    expect(world.describe()).toContain('met a fault');
  });

  it('does not keep the other phases from their work', async () => {
    const full = failing('perform-step', 1, () => systemError('ENOSPC'));
    const { world } = await tried('perform-step', { fault: full });
    await world.until(() => world.types('d-1').includes('StepStarted'));
    await world.request('d-2', { plan: planOf({ service: 'other', steps: [] }), durationMs: () => 10 });
    await world.until(() => world.types('d-2').includes('PreflightRequested'), 500);
    await world.untilComplete('d-1', 'd-2');
  });

  it('is never an outcome: a database that is away for an hour rolls nothing back', async () => {
    const { world } = await tried('perform-step', { outcome: () => ({ status: 'succeeded' }) });
    await world.until(() => world.types('d-1').includes('StepStarted'));
    world.database.isAway = true;
    await world.pass(minutes(60));
    expect(world.types('d-1').at(-1)).toBe('StepStarted');
    world.database.isAway = false;
    await world.until(() => world.types('d-1').includes('StepSucceeded'), minutes(1));
    await world.untilComplete('d-1');
    expect(world.state('d-1').status).toBe('succeeded');
    expect(recordOf(world, 'execution')).toMatchObject({ faults: 0 });
  });
});

describe('a fault of one effect', () => {
  const broken = (times: number) => failing('perform-step', times, () => new TypeError('x is undefined'));

  it('is counted in the row of its lease, tried again later and later, and forgotten when it is done', async () => {
    const { world, tries } = await tried('perform-step', { fault: broken(4) });
    const counts: number[] = [];
    for (const count of [1, 2, 3, 4]) {
      await world.until(() => tries().length === count);
      await world.pass(100);
      counts.push(recordOf(world, 'execution')!.faults);
    }
    expect(counts).toEqual([1, 2, 3, 4]);
    await world.untilComplete('d-1');
    const gaps = tries().map((time, index) => time - (tries()[index - 1] ?? time));
    expect(gaps.map(Math.round)).toEqual([0, 1, 2, 4, 8]);
    expect(recordOf(world, 'execution')).toMatchObject(cleanRecord);
    expect(world.state('d-1').status).toBe('succeeded');
  });

  it('keeps no other deployment from its work', async () => {
    const { world, tries } = await tried('perform-step', { fault: broken(4) });
    await world.until(() => tries().length === 3);
    const begun = Date.parse(world.now);
    await world.request('d-2', { plan: planOf({ service: 'other' }), durationMs: () => 10 });
    await world.untilComplete('d-2');
    expect(Date.parse(world.now) - begun).toBeLessThan(seconds(2));
  });

  it('is tried once a minute after five times, is said, and is over by itself when it succeeds', async () => {
    const { world, tries } = await tried('perform-step', { fault: broken(8) });
    await world.untilStatus('d-1', 'held');
    expect(tries()).toHaveLength(5);
    expect(world.state('d-1')).toMatchObject({
      hold: { code: 'platform-fault', why: expect.stringContaining('TypeError') },
    });
    await world.untilComplete('d-1');
    const gaps = tries().map((time, index) => time - (tries()[index - 1] ?? time));
    for (const gap of gaps.slice(5)) expect(gap).toBeGreaterThanOrEqual(59);
    for (const gap of gaps.slice(5)) expect(gap).toBeLessThan(65);
    expect(world.state('d-1').status).toBe('succeeded');
    expect(recordOf(world, 'execution')).toMatchObject(cleanRecord);
  });

  it('holds no rollback, however often: it is tried with the ordinary backoff', async () => {
    const { world, tries } = await tried('plan-rollback', {
      outcome: ({ id }) => (id === 'deploy.1' ? { status: 'failed', reason: 'exit code 1' } : { status: 'succeeded' }),
      fault: failing('plan-rollback', 6, () => new TypeError('x is undefined')),
    });
    await world.untilComplete('d-1');
    const gaps = tries().map((time, index) => time - (tries()[index - 1] ?? time));
    expect(gaps.slice(-4).map(Math.round)).toEqual([4, 8, 16, 30]);
    expect(world.types('d-1')).not.toContain('DeploymentHeld');
    expect(world.state('d-1').status).toBe('rolled-back-unverified');
  });

  it('of one phase ends no step that another one performs', async () => {
    const guards = failing('deliver-notice', 9, () => new TypeError('x is undefined'));
    const steps = [exampleStep('deploy.1'), exampleStep('deploy.2')];
    const { world } = await tried('perform-step', {
      plan: planOf({ steps, monitoring }),
      durationMs: (effect) => (effect.kind === 'perform-step' ? minutes(2) : 10),
      fault: (effect, state) => {
        guards(effect, state);
        if (effect.kind === 'watch' && effect.mode === 'guard') throw new TypeError('no reader');
      },
    });
    await world.untilStatus('d-1', 'held');
    const active = activeState(world.state('d-1'));
    expect('steps' in active && active.steps['deploy.1']?.status).toBe('running');
    await world.until(() => world.types('d-1').includes('StepSucceeded'), minutes(3));
    expect(world.types('d-1')).not.toContain('StepInterrupted');
  });
});

describe('work whose holders are lost soon after they took it up', () => {
  /** The process dies where this kind of effect is begun, and comes back after a second. */
  async function dying(kind: Effect['kind'], deaths: number, script: SimulatedScript): Promise<Tried> {
    const tries: number[] = [];
    const world = new Simulation();
    world.onEffect = (_id, effect) => {
      if (effect.kind !== kind) return;
      tries.push(world.time.ms);
      if (tries.length > deaths) return;
      const process = world.processes.at(-1)!;
      process.kill();
      world.restart(process, 1_000);
    };
    world.start();
    await world.request('d-1', { plan: planOf(), durationMs: () => 10, ...script });
    return { world, tries: () => tries.map((time) => Math.round((time - tries[0]!) / 1_000)) };
  }

  it('is tried once a minute after two times', async () => {
    const { world, tries } = await dying('perform-step', 4, {});
    await world.untilComplete('d-1');
    const [, second, third, fourth, fifth] = tries();
    expect(second).toBeLessThan(5);
    for (const [one, next] of [
      [second!, third!],
      [third!, fourth!],
      [fourth!, fifth!],
    ] as const) {
      expect(next - one).toBeGreaterThanOrEqual(59);
      expect(next - one).toBeLessThan(70);
    }
    expect(world.state('d-1').status).toBe('succeeded');
    // In between nobody takes the lease only to be refused; at the end of a minute somebody may be before planning lets go.
    expect(world.describe().match(/not-running/g)?.length ?? 0).toBeLessThanOrEqual(4);
  });

  it('is tried once a minute still where a try meets a fault', async () => {
    let calls = 0;
    const { world, tries } = await dying('perform-step', 2, {
      fault: ({ kind }) => {
        if (kind === 'perform-step' && (calls += 1) === 3) throw new TypeError('x is undefined');
      },
    });
    await world.untilComplete('d-1');
    const [, , third, fourth] = tries();
    expect(fourth! - third!).toBeGreaterThanOrEqual(59);
    expect(fourth! - third!).toBeLessThan(70);
    expect(world.state('d-1').status).toBe('succeeded');
  });

  it('is tried at once, however often, where it is a rollback', async () => {
    const { world, tries } = await dying('plan-rollback', 4, {
      outcome: ({ id }) => (id === 'deploy.1' ? { status: 'failed', reason: 'exit code 1' } : { status: 'succeeded' }),
    });
    await world.untilComplete('d-1');
    expect(tries()).toHaveLength(5);
    expect(tries().at(-1)).toBeLessThan(20);
    expect(world.state('d-1').status).toBe('rolled-back-unverified');
  });
});
