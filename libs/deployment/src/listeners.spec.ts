import { describe, expect, it } from '@jest/globals';
import { nextOf } from './deployment.ts';
import { environment } from './environment.ts';
import type { DeploymentEvent } from './events.ts';
import { evolveDeployment } from './evolve.ts';
import { eventTypes, isEventType, listeners } from './listeners.ts';
import { phases, type Phase } from './phase.ts';
import { isDeploymentEventType } from './slices.ts';
import { endings, type DeploymentState } from './state.ts';
import { at, decided, exampleStep, examplePlan, histories, minutes, Simulation } from './testing/index.ts';

const now = at(minutes(3));
const acts = (phase: Phase, state: DeploymentState) => {
  const effect = nextOf(phase, state, now);
  return effect !== null && effect.kind !== 'wait';
};

/** For each event of a stream: a phase that had nothing to do before it and has something to do after it. */
function awakened(events: readonly DeploymentEvent[]): readonly (readonly [DeploymentEvent['type'], Phase])[] {
  let state: DeploymentState = { status: 'none' };
  return events.flatMap((event) => {
    const before = state;
    state = evolveDeployment(state, event);
    return phases
      .filter((phase) => !acts(phase, before) && acts(phase, state))
      .map((phase) => [event.type, phase] as const);
  });
}

const standstill = { type: 'EndStandstill', at: at(minutes(60)) } as const;
const cancel = { type: 'CancelDeployment', reason: 'not today', by: 'operator', at: now } as const;
const interrupted = {
  type: 'CompleteStep',
  attempt: 1,
  outcome: { status: 'interrupted', reason: 'ended' },
  token: 1,
  host: 'host-a',
  at: now,
} as const;
const section = (name: 'smoke-tests' | 'dashboards') =>
  exampleStep('pre.1', { mutates: false, action: { kind: 'section', section: name } });

const degraded = () => {
  const world = new Simulation();
  world.request('d-1', { watch: 'degrades' });
  return world.run().events('d-1');
};

describe('who hears of what', () => {
  it('names phases only', () => {
    for (const type of eventTypes) expect(phases).toEqual(expect.arrayContaining([...listeners[type]]));
    expect(isEventType('DeploymentPlanned')).toBe(true);
    expect(isEventType('toString')).toBe(false);
    expect(isDeploymentEventType('EnvironmentClaimed')).toBe(false);
  });

  it('folds a fact of a type that this version does not know to no change', () => {
    const strange = { type: 'SomethingNew', data: {} } as never;
    const state = histories.ready().reduce<DeploymentState>(evolveDeployment, { status: 'none' });
    expect(evolveDeployment(state, strange)).toBe(state);
    expect(environment.evolve(environment.initialState, strange)).toBe(environment.initialState);
  });

  it.each([
    ['a success', histories.succeeded()],
    ['a rollback', histories.rolledBack()],
    ['a degradation', degraded()],
    ['a cancellation before the first step', decided(histories.claimed(), cancel)],
    [
      'a cancellation while a step runs',
      decided(histories.performing('pre.1'), cancel, { ...interrupted, step: 'pre.1' }),
    ],
    [
      'a rollback while a step runs',
      decided(histories.performing('deploy.2'), cancel, { ...interrupted, step: 'deploy.2' }),
    ],
    [
      'an abandonment while a step runs',
      decided(histories.performing('pre.1'), standstill, { ...interrupted, step: 'pre.1' }),
    ],
    [
      'a standstill while flows run',
      decided(histories.performing('post.1'), standstill, { ...interrupted, step: 'post.1' }),
    ],
    ['a section first', histories.ready(examplePlan({ steps: [section('smoke-tests')] }))],
    ['dashboards first', histories.ready(examplePlan({ steps: [section('dashboards')] }))],
  ])('wakes every phase that gets something to do in %s', (_story, events) => {
    const missed = awakened(events).filter(([type, phase]) => !listeners[type].includes(phase));
    expect(missed).toEqual([]);
  });

  it('tells planning of every end, so that the environment is settled', () => {
    const endingEvents = [
      'DeploymentSucceeded',
      'DeploymentFailed',
      'DeploymentRolledBack',
      'RollbackFailed',
      'DeploymentHalted',
      'DeploymentCancelled',
      'DeploymentSuperseded',
      'DeploymentRejected',
      'DeploymentAbandoned',
    ] as const;
    for (const type of endingEvents) expect(listeners[type]).toContain('planning');
    expect(endings).toHaveLength(endingEvents.length + 1);
  });
});
