import { describe, expect, it } from 'vitest';
import { deploymentStream, activeState, type DeploymentCommand } from '@backstay/deployment';
import { examplePlan, exampleStep, minutes } from '@backstay/deployment/testing';
import type { Plan, Step } from '@backstay/document';
import { workLease } from '@backstay/postgres';
import { Simulation } from '../testing/simulation/simulation.ts';

const { monitoring, rollback } = examplePlan();

/** A service of its own, so that no deployment waits for another one's environment. */
function planOf(index: number, steps: readonly Step[], changes: Partial<Plan> = {}): Plan {
  const unwatched = { ...monitoring, source: null, watchMs: 0 };
  return examplePlan({ service: `service-${index}`, steps: [...steps], monitoring: unwatched, ...changes });
}

const named = (name: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${name}-${index}`);
const quick = () => 10;
const build = exampleStep('deploy.1');
const isUndo = (step: string): boolean => step.startsWith('rollback.');
const cancel = (at: string): DeploymentCommand => ({ type: 'CancelDeployment', reason: 'no', by: 'operator', at });

function openSteps(world: Simulation, isOne: (step: string) => boolean = () => true): readonly string[] {
  return world.ids.flatMap((id) => {
    const active = activeState(world.state(id));
    const records = 'steps' in active ? Object.values(active.steps) : [];
    return records.filter(({ status, step }) => status === 'running' && isOne(step)).map(() => id);
  });
}

describe('the slots of a process', () => {
  it('are others for rollbacks, eight as well: none waits for a build', async () => {
    const world = new Simulation();
    world.start();
    const undone = { ...rollback, steps: [exampleStep('rollback.1')] };
    const failing = named('failing', 12);
    for (const [index, id] of failing.entries())
      await world.request(id, {
        plan: planOf(index, [build], { rollback: undone }),
        durationMs: (effect) => (effect.kind === 'perform-step' && isUndo(effect.step.id) ? minutes(5) : 10),
        outcome: ({ id: step }) =>
          isUndo(step) ? { status: 'succeeded' } : { status: 'failed', reason: 'exit code 1' },
      });
    for (const [index, id] of named('building', 20).entries())
      await world.request(id, { plan: planOf(100 + index, [build]), outcome: () => 'running', durationMs: quick });
    await world.pass(minutes(1));
    expect(openSteps(world, (step) => !isUndo(step))).toHaveLength(8);
    expect(openSteps(world, isUndo)).toHaveLength(8);
    await world.untilComplete(...failing);
  });

  describe('when all are taken', () => {
    const first = exampleStep('pre.1', { action: { kind: 'wait', ms: minutes(1) }, mutates: false });

    /** Eight commands that do not end by themselves; behind them these are due, one after the other. */
    async function taken(
      ...names: readonly string[]
    ): Promise<{ readonly world: Simulation; readonly begun: string[] }> {
      const world = new Simulation();
      const begun: string[] = [];
      world.onEffect = (id, { kind }) => {
        if (kind === 'perform-step' && names.includes(id)) begun.push(id);
      };
      world.start();
      const script = { outcome: () => 'running' as const, durationMs: quick };
      for (const [index, name] of names.entries()) {
        await world.request(name, { ...script, plan: planOf(100 + index, [first, build]) });
        await world.pass(5_000);
      }
      begun.length = 0;
      for (const [index, id] of named('first', 8).entries())
        await world.request(id, { ...script, plan: planOf(index, [build]) });
      await world.until(() => world.commands.running === 8, 20_000);
      await world.pass(minutes(1));
      for (const name of names)
        expect(world.next(name, 'execution')).toMatchObject({ effect: { kind: 'perform-step' } });
      expect(begun).toEqual([]);
      return { world, begun };
    }
    const end = async (world: Simulation, id: string) => {
      await world.handle(id, cancel(world.now));
      await world.pass(minutes(1));
    };

    it('who waits keeps the place, and is left out when the deployment is cancelled', async () => {
      const { world, begun } = await taken('a', 'b', 'c', 'd');
      await world.handle('b', cancel(world.now));
      await world.untilComplete('b');
      for (const [index, order] of [['a'], ['a', 'c'], ['a', 'c', 'd']].entries()) {
        await end(world, `first-${index}`);
        expect(begun).toEqual(order);
      }
    });

    it('no lease is held while waiting: another process with a free slot takes the work', async () => {
      const { world, begun } = await taken('a');
      expect(world.leases.heldBy(workLease('execution', deploymentStream('a')))).toBeNull();
      world.start({ machine: 'there' });
      await world.until(() => begun.length > 0, 10_000);
      expect(world.leases.heldBy(workLease('execution', deploymentStream('a')))).toMatch(/^there/);
    });
  });
});
