import { describe, expect, it } from 'vitest';
import { specificationOf } from '@backstay/event-sourcing/testing';
import { deployment, type DeploymentCommand } from '../deployment.ts';
import type { DeploymentEvent } from '../events.ts';
import {
  at,
  breachOf,
  decided,
  examplePlan,
  exampleStep,
  foldDeployment,
  histories,
  minutes,
  nextAt,
} from '../testing/index.ts';

const { given } = specificationOf(deployment);
const plan = examplePlan({
  steps: [
    exampleStep('pre.1', { mutates: false, timeoutMs: minutes(5) }),
    exampleStep('deploy.1', { timeoutMs: minutes(20) }),
  ],
});
const end = (now: string): DeploymentCommand => ({ type: 'EndStall', at: now });
const planningAt = (events: readonly DeploymentEvent[], now: string) => nextAt('planning', events, now);

describe('a deployment for which no phase acts', () => {
  const standing = histories.performing('deploy.1', plan);
  const due = at(minutes(21));

  it('is waited for as long as the work that is due may take by its own deadlines', () => {
    expect(planningAt(standing, at(minutes(20)))).toEqual({ kind: 'wait', until: due });
    expect(planningAt(standing, due)).toEqual({ kind: 'effect', effect: { kind: 'end-stall' } });
    given(...standing)
      .when(end(at(minutes(20))))
      .thenNothing();
  });

  it('is rolled back where something was changed, and says who has said nothing', () => {
    given(...standing)
      .when(end(due))
      .then({
        type: 'RollbackTriggered',
        data: {
          trigger: { kind: 'deadline', text: 'step deploy.1 stands still', line: null, by: 'backstay' },
          reason: `step deploy.1 was to end by ${due}, and execution has recorded nothing since ${at(minutes(1))}; is its service running?`,
          fromStatus: 'executing',
          at: due,
        },
      });
  });

  it('is abandoned where nothing was changed, and names what may still act', () => {
    const events = decided(histories.performing('pre.1', plan), end(at(minutes(6))));
    expect(events.at(-1)).toMatchObject({ type: 'DeploymentAbandoned', data: { possiblyLive: ['pre.1 on host-a'] } });
    expect(foldDeployment(events).status).toBe('abandoned');
  });

  it('has the time that its watch may take at most, and is held then: that nobody watched says nothing about it', () => {
    const watching = histories.watching(plan);
    const until = at(minutes(2) + 2 * plan.monitoring.watchMs + plan.monitoring.onNoData.waitMs);
    expect(planningAt(watching, at(minutes(2)))).toEqual({ kind: 'wait', until });
    const held = decided(watching, end(until));
    expect(held.at(-1)).toMatchObject({
      type: 'DeploymentHeld',
      data: {
        code: 'unwatched',
        step: 'watch',
        duty: 'on-call',
        why: expect.stringMatching(/^the watch was to end by .* monitoring has recorded nothing since .*\?$/),
      },
    });
    given(...held)
      .when(end(until))
      .thenNothing();
  });

  it('has the time that its closing checks take', () => {
    expect(planningAt(histories.closing(plan), at(minutes(60)))).toEqual({
      kind: 'effect',
      effect: { kind: 'end-stall' },
    });
  });
});

describe('a deployment that goes on', () => {
  it('gains time with each event of the phase that has to act', () => {
    const resumed: DeploymentCommand = {
      type: 'BeginStep',
      step: 'deploy.1',
      token: 2,
      host: 'host-b',
      at: at(minutes(15)),
    };
    const events = decided(histories.performing('deploy.1', plan), resumed);
    expect(planningAt(events, at(minutes(22)))).toEqual({ kind: 'wait', until: at(minutes(35)) });
  });

  it('gains none by what monitoring sees beside it', () => {
    const breach = breachOf();
    const alert: DeploymentCommand = {
      type: 'RaiseAlert',
      alert: breach.text,
      action: 'warn',
      breach,
      token: 1,
      at: at(minutes(15)),
    };
    const events = decided(histories.performing('deploy.1', plan), alert);
    expect(events.at(-1)?.type).toBe('AlertRaised');
    expect(planningAt(events, at(minutes(21)))).toEqual({ kind: 'effect', effect: { kind: 'end-stall' } });
  });

  it('is left alone once it has ended', () => {
    for (const events of [histories.rolledBack(plan), histories.succeeded(plan)])
      given(...events)
        .when(end(at(minutes(10_000))))
        .thenNothing();
  });
});

describe('a rollback that nobody goes on with', () => {
  const deadline = at(minutes(3) + plan.rollback.timeoutMs);

  it('has failed when its own deadline has passed', () => {
    const events = histories.rollingBack(plan);
    expect(planningAt(events, at(minutes(4)))).toEqual({ kind: 'wait', until: deadline });
    expect(decided(events, end(deadline)).at(-1)).toMatchObject({
      type: 'RollbackFailed',
      data: { reason: expect.stringContaining('rollback has recorded nothing since') },
    });
  });
});
