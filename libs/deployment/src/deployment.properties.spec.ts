import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { runs } from '@backstay/event-sourcing/testing';
import type { DeploymentEvent } from './events.ts';
import { isRollbackStep } from './steps.ts';
import { evidenceLeft } from './evidence.ts';
import { phases, type Phase } from './phase.ts';
import { commandArbitrary, refusable, play, worldArbitrary } from './random-scenarios.test-support.ts';
import { isEnded, type DeploymentState } from './state.ts';
import { foldDeployment, minutes } from './testing/index.ts';
import { deploymentWorkflow } from './workflow.ts';

const many = runs(120);
const runningSteps = (state: DeploymentState) => {
  const active = state.status === 'held' ? state.under : state;
  return 'steps' in active ? Object.values(active.steps).filter(({ status }) => status === 'running') : [];
};

describe('whatever command comes at any time', () => {
  it('at most one step is open, and no undo begins beside another step', () => {
    fc.assert(
      fc.property(worldArbitrary, (scenario) => {
        play(scenario, (before, after, events) => {
          expect(runningSteps(after).length).toBeLessThanOrEqual(1);
          const undoes = events.some(
            ({ type, data }) => type === 'RollbackPlanned' || (type === 'StepStarted' && isRollbackStep(data.step)),
          );
          if (undoes) expect(runningSteps(before).filter(({ step }) => !isRollbackStep(step))).toEqual([]);
        });
      }),
      many,
    );
  });

  it('an end stays as it is', () => {
    fc.assert(
      fc.property(worldArbitrary, (scenario) => {
        play(scenario, (before, after) => {
          if (!isEnded(before) || !isEnded(after)) return expect(isEnded(before)).toBe(false);
          const { status, reason, endedAt, running, verifiedGood, quarantined } = before;
          expect(after).toMatchObject({ status, reason, endedAt, running, verifiedGood, quarantined });
        });
      }),
      many,
    );
  });

  it('an end absorbs every event that could come to a deployment', () => {
    fc.assert(
      fc.property(worldArbitrary, worldArbitrary, (scenario, other) => {
        const end = play(scenario, () => {}).state('d-1');
        if (!isEnded(end)) return;
        const after = foldDeployment(play(other, () => {}).events('d-1'), end);
        const { status, reason, endedAt, running, verifiedGood, quarantined } = end;
        expect(after).toMatchObject({ status, reason, endedAt, running, verifiedGood, quarantined });
      }),
      many,
    );
  });

  it('somebody has something to do, or to wait for, until everybody is complete', () => {
    fc.assert(
      fc.property(worldArbitrary, (scenario) => {
        play(scenario, (_before, after, _events, world) => {
          const settled =
            isEnded(after) &&
            after.unsettled === null &&
            after.pendingNotices.length === 0 &&
            runningSteps(after).length === 0 &&
            (after.status !== 'succeeded' || evidenceLeft(after).length === 0);
          const nexts = phases.map((phase) => world.next('d-1', phase).kind);
          if (settled) expect(new Set(nexts)).toEqual(new Set(['complete']));
          else expect(nexts.some((kind) => kind === 'effect' || kind === 'wait')).toBe(true);
        });
      }),
      many,
    );
  });

  it('a phase that is complete has nothing to do ever after', () => {
    fc.assert(
      fc.property(worldArbitrary, (scenario) => {
        const complete = new Set<Phase>();
        play(scenario, (_before, _after, _events, world) => {
          for (const phase of phases) {
            const isComplete = world.next('d-1', phase).kind === 'complete';
            if (complete.has(phase)) expect(isComplete).toBe(true);
            if (isComplete) complete.add(phase);
          }
        });
      }),
      many,
    );
  });

  it('a result that holds until a moment does not change before it by time alone', () => {
    fc.assert(
      fc.property(worldArbitrary, fc.nat({ max: minutes(90) }), (scenario, ms) => {
        play(scenario, (_before, after, _events, world) => {
          for (const phase of phases) {
            const decided = world.next('d-1', phase);
            const until =
              decided.kind === 'wait' ? decided.until : decided.kind === 'effect' ? decided.reviewAt : undefined;
            const later = Date.parse(world.now) + ms;
            if (until !== undefined && later >= Date.parse(until)) continue;
            expect(deploymentWorkflow.next(phase, after, new Date(later).toISOString())).toEqual(decided);
          }
        });
      }),
      many,
    );
  });

  it('a stale token brings no event', () => {
    fc.assert(
      fc.property(worldArbitrary, (scenario) => {
        play(scenario, (before, _after, events) => {
          const highest = before.status === 'none' ? {} : before.tokens;
          for (const { type, data } of events) {
            const begins = type === 'StepStarted' || type === 'StepResumed';
            if (begins && data.host !== 'a person') expect(data.token).toBeGreaterThanOrEqual(highest[data.phase] ?? 0);
          }
        });
      }),
      many,
    );
  });

  it('a watch passes only while it is watched, and never after a broken limit', () => {
    fc.assert(
      fc.property(worldArbitrary, (scenario) => {
        const world = play(scenario, (before, _after, events) => {
          if (events.some(({ type }) => type === 'MonitoringPassed')) expect(before.status).toBe('monitoring');
        });
        const types = world.types('d-1');
        if (types.includes('DegradationDetected')) expect(types).not.toContain('DeploymentSucceeded');
        if (types.includes('MonitoringPassed'))
          expect(types.indexOf('WatchStarted')).toBeLessThan(types.indexOf('MonitoringPassed'));
      }),
      many,
    );
  });

  it('a command that arrives twice yields no event the second time', () => {
    fc.assert(
      fc.property(worldArbitrary, commandArbitrary, (scenario, again) => {
        const world = play(scenario, () => {});
        if (again.kind !== 'command') return;
        const command = again.command(world.now);
        refusable(() => world.handle('d-1', command));
        refusable(() => expect(world.handle('d-1', command)).toEqual([]));
      }),
      many,
    );
  });

  it('a stream that was stored as JSON folds to the same state', () => {
    fc.assert(
      fc.property(worldArbitrary, (scenario) => {
        const world = play(scenario, () => {});
        const stored = JSON.parse(JSON.stringify(world.events('d-1'))) as readonly DeploymentEvent[];
        expect(foldDeployment(stored)).toEqual(world.state('d-1'));
      }),
      many,
    );
  });

  it('left alone, with nobody who decides, every scenario comes to its end', () => {
    fc.assert(
      fc.property(worldArbitrary, (scenario) => {
        const world = play(scenario, () => {});
        for (let round = 0; round < 50 && !isEnded(world.state('d-1')); round += 1) {
          for (const phase of phases) world.takeOver(phase);
          for (let round = 0; round < 20; round += 1)
            for (const phase of phases) refusable(() => void world.runPhase('d-1', phase));
          world.pass(minutes(61 * 24));
        }
        expect(isEnded(world.state('d-1'))).toBe(true);
      }),
      runs(40),
    );
  });
});
