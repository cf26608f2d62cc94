import { describe, expect, it } from 'vitest';
import { deploymentStream, type Phase } from '@backstay/deployment';
import { examplePlan, exampleStep, minutes } from '@backstay/deployment/testing';
import type { Plan } from '@backstay/document';
import { seeds } from '@backstay/event-sourcing/testing';
import { Simulation } from '../testing/simulation/simulation.ts';

const seconds = (count: number): number => count * 1_000;
const quick = () => 10;
const { monitoring } = examplePlan();
const stream = deploymentStream('d-1');

/** Every phase acts; nothing of it takes long. */
function planOf(changes: Partial<Plan> = {}): Plan {
  return examplePlan({ monitoring: { ...monitoring, watchMs: seconds(1), everyMs: 500 }, ...changes });
}

/** One process for each phase: nobody is woken by being in the same process. */
function startEach(world: Simulation): void {
  for (const phase of ['planning', 'execution', 'verification', 'monitoring', 'rollback'] as const)
    world.start({ phases: [phase] });
}

/** Milliseconds from the request to the end. */
function duration(world: Simulation): number {
  const events = world.events('d-1');
  return Date.parse(events.at(-1)!.time) - Date.parse(events[0]!.time);
}

describe('the two wake paths', () => {
  it('NATS alone is enough: phases follow one another while the durable path is minutes behind', async () => {
    const world = new Simulation();
    startEach(world);
    await world.pass(seconds(5));
    world.durableDelayMs = minutes(10);
    await world.request('d-1', { plan: planOf(), durationMs: quick });
    await world.untilComplete('d-1');
    expect(duration(world)).toBeLessThan(seconds(3));
  });

  it('the durable path alone is enough: everything is found while NATS is down', async () => {
    const world = new Simulation();
    world.bus.faults = { isDown: true };
    startEach(world);
    await world.pass(seconds(5));
    await world.request('d-1', { plan: planOf(), durationMs: quick });
    await world.untilComplete('d-1');
    expect(duration(world)).toBeLessThan(seconds(3));
  });

  it.each([
    ['NATS alone', { isDown: false, durableDelayMs: minutes(10) }],
    ['the durable path alone', { isDown: true, durableDelayMs: 0 }],
  ])('%s wakes who waits for an environment when it is let go, in another process', async (_path, paths) => {
    const world = new Simulation();
    world.bus.faults = { isDown: paths.isDown };
    startEach(world);
    await world.request('d-1', { plan: planOf(), durationMs: quick, outcome: () => 'running' });
    await world.until(() => world.commands.running === 1);
    await world.request('d-2', { plan: planOf(), durationMs: quick });
    await world.untilStatus('d-2', 'held');
    await world.pass(seconds(5));
    world.durableDelayMs = paths.durableDelayMs;
    await world.pass(minutes(1));
    await world.handle('d-1', { type: 'CancelDeployment', reason: 'no', by: 'operator', at: world.now });
    await world.until(() => world.environmentState().holder === 'd-2', seconds(3));
    await world.untilComplete('d-2');
  });

  it('work that no process has heard of is found in the table, while both are down', async () => {
    const world = new Simulation();
    world.bus.faults = { isDown: true };
    await world.request('d-1', { plan: planOf(), durationMs: quick });
    world.durableDelayMs = 0;
    startEach(world);
    await world.untilComplete('d-1');
    expect(world.state('d-1').status).toBe('succeeded');
  });

  it('lost, doubled, late and reordered wake-ups change nothing but the time', async () => {
    for (const seed of seeds(20)) {
      const world = new Simulation({ seed });
      world.bus.faults = { lost: 0.4, doubled: 0.4, lateMs: seconds(5) };
      world.durableDelayMs = seconds(2);
      startEach(world);
      await world.request('d-1', { plan: planOf(), durationMs: quick });
      await world.untilComplete('d-1');
      expect(world.types('d-1').filter((type) => type === 'StepStarted')).toHaveLength(4);
      expect(world.state('d-1').status).toBe('succeeded');
    }
  });

  it('a forged wake-up makes nobody act', async () => {
    const world = new Simulation();
    const acted: string[] = [];
    world.onEffect = (id) => acted.push(id);
    startEach(world);
    await world.pass(seconds(5));
    const appends = (await world.store.readAll(null, 100)).length;
    for (const phase of ['planning', 'execution', 'rollback'] as const)
      for (const version of [undefined, 1, 99]) world.bus.publish(phase, { stream, ...(version && { version }) });
    await world.pass(seconds(30));
    expect(acted).toEqual([]);
    expect(await world.store.readAll(null, 100)).toHaveLength(appends);
    expect(world.pending.rows).toEqual([]);
  });
});

describe('a timer', () => {
  const pause = exampleStep('deploy.1', { action: { kind: 'wait', ms: minutes(10) }, mutates: false });
  const waiting = planOf({ steps: [pause] });
  const endOfPause = (world: Simulation) => {
    const time = (type: string) => Date.parse(world.events('d-1').find((event) => event.type === type)!.time);
    return time('StepSucceeded') - time('StepStarted');
  };

  async function paused(world: Simulation): Promise<void> {
    await world.request('d-1', { plan: waiting, durationMs: quick });
    await world.until(() => world.types('d-1').includes('StepStarted'));
  }

  it('is kept by the table, not by the process: a restart loses none', async () => {
    const world = new Simulation();
    const first = world.start();
    await paused(world);
    await world.pass(minutes(1));
    first.kill();
    await world.pass(minutes(1));
    world.start();
    await world.untilComplete('d-1');
    expect(endOfPause(world)).toBeLessThan(minutes(10) + seconds(2));
  });

  it('is kept by a drain at once', async () => {
    const world = new Simulation();
    const first = world.start();
    await paused(world);
    await world.pass(100);
    const stopped = first.stop();
    await world.until(() => !first.isAlive);
    await stopped;
    const sleeping = world.pending.rows.find((row) => row.phase === 'execution' && row.stream === stream);
    expect(sleeping?.wakeAt).toBe(
      world.time.ms + minutes(10) - (world.time.ms - Date.parse(world.events('d-1').at(-1)!.time)),
    );
    world.start();
    await world.untilComplete('d-1');
    expect(endOfPause(world)).toBeLessThan(minutes(10) + seconds(2));
  });

  it('that passes while nobody is there is late by that time alone', async () => {
    const world = new Simulation();
    const first = world.start();
    await paused(world);
    await world.pass(minutes(1));
    first.kill();
    await world.pass(minutes(30));
    world.start();
    await world.untilComplete('d-1');
    expect(endOfPause(world)).toBeLessThan(minutes(31) + seconds(2));
  });
});

describe('a holder that died', () => {
  /** Seconds from its death until another process has taken up its step, with the tokens of both. */
  async function succession(
    machine: string,
  ): Promise<{ readonly afterMs: number; readonly tokens: readonly number[] }> {
    const world = new Simulation();
    const first = world.start({ machine: 'here' });
    await world.request('d-1', { plan: planOf(), outcome: () => 'running' });
    await world.until(() => world.commands.running === 1);
    await world.pass(seconds(5));
    first.kill();
    const died = world.time.ms;
    world.start({ machine });
    await world.until(() => world.types('d-1').includes('StepResumed'));
    const tokens = world
      .events('d-1')
      .flatMap(({ type, data }) => (type === 'StepStarted' || type === 'StepResumed' ? [data.token] : []));
    return { afterMs: world.time.ms - died, tokens: tokens.slice(-2) };
  }

  it('on this machine is succeeded at once, with a higher token', async () => {
    const { afterMs, tokens } = await succession('here');
    expect(afterMs).toBeLessThan(seconds(2));
    expect(tokens[1]).toBeGreaterThan(tokens[0]!);
  });

  it('elsewhere is succeeded when its lease has ended, and not before', async () => {
    const { afterMs, tokens } = await succession('there');
    expect(afterMs).toBeGreaterThan(seconds(9));
    expect(afterMs).toBeLessThan(seconds(17));
    expect(tokens[1]).toBeGreaterThan(tokens[0]!);
  });
});

describe('a process that drains', () => {
  it('leaves what it let go of due at once, for whoever comes next', async () => {
    const world = new Simulation();
    const first = world.start();
    await world.request('d-1', { plan: planOf(), outcome: () => 'running' });
    await world.until(() => world.commands.running === 1);
    await world.pass(seconds(5));
    const stopped = first.stop();
    await world.until(() => !first.isAlive);
    await stopped;
    const row = world.pending.rows.find((each) => each.phase === 'execution' && each.stream === stream);
    expect(row?.wakeAt).toBe(-Infinity);
  });
});

describe('a sleep that was written later', () => {
  const manual = { kind: 'manual', duty: { verb: 'confirmed', duty: 'operator' } } as const;
  const { smokeTests } = planOf();
  /** Its checks may take longer than everybody is away: nobody ends a stall. */
  const plan = planOf({
    steps: [exampleStep('deploy.1', { action: manual, mutates: false })],
    smokeTests: smokeTests.map((flow) => ({ ...flow, timeoutMs: minutes(2) })),
  });

  it('never overwrites a wake-up, whichever of two replicas writes when, and whichever dies', async () => {
    for (const seed of seeds(60)) {
      const world = new Simulation({ seed });
      world.bus.faults = { isDown: true };
      world.start({ machine: 'here' });
      world.start({ machine: 'there' });
      await world.request('d-1', { plan, durationMs: quick });
      await world.untilStatus('d-1', 'held');
      const phases: readonly Phase[] = ['planning', 'execution'];
      await world.pass(world.random.upTo(seconds(6)));
      const at = world.now;
      world.durableDelayMs = world.random.upTo(seconds(3));
      await world.handle('d-1', { type: 'ConfirmStep', step: 'deploy.1', by: 'operator', reason: 'done', at });
      await world.pass(world.random.upTo(seconds(4)));
      for (const process of world.processes) process.kill();
      await world.pass(seconds(30));
      world.durableDelayMs = 0;
      world.start({ machine: 'elsewhere', phases: [...phases, 'verification', 'monitoring', 'rollback'] });
      await world.until(() => world.isComplete('d-1'), minutes(3));
      expect(world.state('d-1').status).toBe('succeeded');
    }
  });

  it('never overwrites one by another stream’s event: who waits for an environment is found', async () => {
    for (const seed of seeds(60)) {
      const world = new Simulation({ seed });
      world.bus.faults = { isDown: true };
      world.start({ machine: 'here' });
      world.start({ machine: 'there' });
      const hanging = { plan: planOf(), durationMs: quick, outcome: () => 'running' as const };
      await world.request('d-1', hanging);
      await world.until(() => world.commands.running === 1);
      await world.request('d-2', { plan: planOf(), durationMs: quick });
      await world.untilStatus('d-2', 'held');
      await world.pass(world.random.upTo(seconds(6)));
      world.durableDelayMs = world.random.upTo(seconds(3));
      await world.handle('d-1', { type: 'CancelDeployment', reason: 'no', by: 'operator', at: world.now });
      await world.until(() => world.environmentEvents().some(({ type }) => type === 'EnvironmentSettled'));
      await world.pass(world.random.upTo(seconds(4)));
      for (const process of world.processes) process.kill();
      await world.pass(seconds(30));
      world.durableDelayMs = 0;
      world.start({ machine: 'elsewhere' });
      await world.until(() => world.isComplete('d-2'), minutes(5));
    }
  });
});

describe('a deployment that has finished', () => {
  it('still reads the log evidence that it asks for, after a restart', async () => {
    const log = { reader: 'log', files: ['app.log'], patterns: ['error'], allow: [] } as const;
    const evidence = { ...log, files: [...log.files], patterns: [...log.patterns], allow: [] };
    const criterion = { text: 'No errors in the log', line: 140, rule: { kind: 'evidence', evidence } } as const;
    const world = new Simulation();
    const first = world.start();
    await world.request('d-1', {
      plan: planOf({ acceptanceCriteria: [criterion] }),
      durationMs: ({ kind }) => (kind === 'read-evidence' ? minutes(1) : 10),
    });
    await world.untilStatus('d-1', 'succeeded');
    await world.pass(seconds(20));
    expect(world.types('d-1')).not.toContain('EvidenceRead');
    first.kill();
    await world.pass(minutes(5));
    world.start();
    await world.untilComplete('d-1');
    expect(world.types('d-1')).toContain('EvidenceRead');
  });
});
