import { describe, expect, it } from 'vitest';
import { activeState, type DeploymentCommand, type DeploymentEvent } from '@backstay/deployment';
import { examplePlan, exampleStep, minutes } from '@backstay/deployment/testing';
import type { Step } from '@backstay/document';
import { Simulation } from '../testing/simulation/simulation.ts';
import type { SimulatedScript } from '../testing/simulation/world.ts';

const hourMs = minutes(60);
const unwatched = { ...examplePlan().monitoring, source: null };
const waiting = exampleStep('deploy.2', { action: { kind: 'wait', ms: minutes(3) }, mutates: false });
const steps = [exampleStep('deploy.1'), waiting, exampleStep('deploy.3')];

const planOf = (rollbackSteps: readonly Step[] = []) => {
  const plan = examplePlan({ steps, monitoring: unwatched });
  return { ...plan, rollback: { ...plan.rollback, steps: [...rollbackSteps] } };
};

async function untilOpen(world: Simulation, step: string): Promise<void> {
  await world.until(() => {
    const active = activeState(world.state('d-1'));
    return 'steps' in active && active.steps[step]?.status === 'running';
  });
}

/** Kills the process, and starts another one an hour before by the time of day. */
function restartBefore(world: Simulation, machine = 'here'): number {
  for (const process of world.processes) process.kill();
  world.time.setTimeOfDay(-hourMs);
  world.start({ machine });
  return world.time.ms;
}

const stepsOf = (world: Simulation, type: DeploymentEvent['type']) =>
  world.events('d-1').flatMap((event) => (event.type === type && 'step' in event.data ? [event.data.step] : []));

async function started(isDatabaseApart: boolean, script: SimulatedScript = {}, machine = 'here'): Promise<Simulation> {
  const world = new Simulation({ isDatabaseApart });
  world.start({ machine });
  await world.request('d-1', { plan: planOf(), ...script });
  return world;
}

const clocks = [
  ['of the machine and its database', false],
  ['of the machine, and not that of the database,', true],
] as const;

describe.each(clocks)('a clock %s that is set back by an hour across a restart', (_, isDatabaseApart) => {
  it('neither loses nor repeats a wait: it ends once, late by no more than the hour', async () => {
    const world = await started(isDatabaseApart);
    await untilOpen(world, 'deploy.2');
    const begun = world.time.ms;
    await world.pass(minutes(1));
    restartBefore(world);
    await world.until(() => stepsOf(world, 'StepSucceeded').includes('deploy.2'));
    expect(world.time.ms - begun).toBeGreaterThanOrEqual(minutes(3));
    expect(world.time.ms - begun).toBeLessThan(minutes(4) + hourMs);
    await world.untilComplete('d-1');
    for (const type of ['StepStarted', 'StepSucceeded'] as const)
      expect(stepsOf(world, type)).toEqual(['deploy.1', 'deploy.2', 'deploy.3']);
    expect(world.types('d-1').filter((type) => type === 'DeploymentSucceeded')).toHaveLength(1);
  });

  it('keeps the deadline of a rollback: it ends once', async () => {
    const open = exampleStep('rollback.1');
    const outcome = ({ id }: Step) => (id === 'rollback.1' ? 'running' : ({ status: 'succeeded' } as const));
    const world = await started(isDatabaseApart, { plan: planOf([open]), outcome });
    await untilOpen(world, 'deploy.2');
    const trigger = { kind: 'manual', text: 'stop it', line: null, by: 'operator' } as const;
    const command: DeploymentCommand = { type: 'TriggerRollback', trigger, reason: 'stop it', at: world.now };
    await world.handle('d-1', command);
    await untilOpen(world, 'rollback.1');
    const { rollback } = planOf();
    const begun = restartBefore(world);
    await world.untilComplete('d-1');
    expect(world.time.ms - begun).toBeLessThan(rollback.timeoutMs + hourMs + minutes(1));
    expect(stepsOf(world, 'StepStarted').filter((step) => step === 'rollback.1')).toHaveLength(1);
    expect(world.types('d-1').filter((type) => type === 'RollbackFailed')).toHaveLength(1);
  });

  it('lets another machine take over the work of one that died, within the time of its lease', async () => {
    const world = await started(isDatabaseApart, { durationMs: () => minutes(1) }, 'there');
    await untilOpen(world, 'deploy.1');
    const begun = restartBefore(world);
    await world.until(() => stepsOf(world, 'StepSucceeded').includes('deploy.1'));
    expect(world.time.ms - begun).toBeLessThan(minutes(2));
    expect(stepsOf(world, 'StepStarted')[0]).toBe('deploy.1');
    world.mustBeChained();
  });
});
