import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { runs } from '@backstay/event-sourcing/testing';
import {
  endingOf,
  eventTypes,
  isDeploymentEventType,
  isEndType,
  isEventType,
  isEventTypeOf,
  phasesWokenBy,
  type EventType,
} from './catalogue.ts';
import type { Effect, Next } from './effect.ts';
import { environment } from './environment/environment.ts';
import type { DeploymentEvent } from './events.ts';
import { evolveDeployment } from './evolve.ts';
import { phases, type Phase } from './phase.ts';
import { refusable, play, worldArbitrary } from './random-scenarios.test-support.ts';
import { endings, isEnded, type DeploymentState } from './state.ts';
import {
  at,
  decided,
  exampleStep,
  examplePlan,
  foldDeployment,
  histories,
  minutes,
  ScriptedHistory,
  type Append,
} from './testing/index.ts';
import { isNews } from './wake-ups.ts';
import { deploymentWorkflow } from './workflow.ts';

const now = at(minutes(3));
const acts = (phase: Phase, state: DeploymentState) => deploymentWorkflow.next(phase, state, now).kind === 'effect';

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

const stall = { type: 'EndStall', at: at(minutes(60)) } as const;
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
  const world = new ScriptedHistory();
  world.request('d-1', { watch: 'degrades' });
  return world.run().events('d-1');
};

/** What a deadline alone brings is done in one append: nobody is in the middle of it. */
const byTime: readonly Effect['kind'][] = ['expire-preflight', 'expire-hold', 'end-stall', 'fail-rollback'];

/** The phases that had to hear of an append and that no row of it names. */
function missedBy({ before, events, after, by, now }: Append): readonly string[] {
  const woken = new Set(events.flatMap(({ type }) => phasesWokenBy(type)));
  const { next } = deploymentWorkflow;
  return phases
    .filter((phase) => phase !== by && !woken.has(phase))
    .filter((phase) => mustHear(next(phase, before, now), next(phase, after, now)))
    .map((phase) => `${phase} by ${events.map(({ type }) => type).join(' + ')}`);
}

function mustHear(before: Next, after: Next): boolean {
  const isDone = before.kind === 'effect' && byTime.includes(before.effect.kind) && after.kind !== 'effect';
  return isNews(before, after) && !isDone;
}

describe('the catalogue of events', () => {
  it('knows the types of its rows and no other', () => {
    expect(isEventType('DeploymentPlanned')).toBe(true);
    expect(isEventType('toString')).toBe(false);
    expect(isDeploymentEventType('EnvironmentClaimed')).toBe(false);
    expect(isDeploymentEventType('MeasurementsTaken')).toBe(false);
    expect(isDeploymentEventType('PruningStarted')).toBe(false);
    // Each is of one aggregate and of no other.
    const others = ['environment', 'measurements', 'housekeeping'] as const;
    const owners = (type: string) => [isDeploymentEventType(type), ...others.map((each) => isEventTypeOf(each, type))];
    for (const type of eventTypes) expect([type, owners(type).filter(Boolean).length]).toEqual([type, 1]);
  });

  it('folds an event of a type that this version does not know to no change', () => {
    const strange = { type: 'SomethingNew', data: {} } as never;
    const state = histories.ready().reduce<DeploymentState>(evolveDeployment, { status: 'none' });
    expect(evolveDeployment(state, strange)).toBe(state);
    expect(environment.evolve(environment.initialState, strange)).toBe(environment.initialState);
  });

  it('names each end of a deployment, and the fold ends it so', () => {
    fc.assert(
      fc.property(worldArbitrary, (scenario) => {
        const events = play(scenario, () => {}).events('d-1');
        const [end] = events.filter(({ type }) => isEndType(type));
        const state = foldDeployment(events);
        if (isEnded(state)) expect(end && endingOf(end)).toBe(state.status);
        else expect(end).toBeUndefined();
      }),
      runs(60),
    );
    const verified = (is: boolean) => ({ type: 'DeploymentRolledBack', data: { verified: is } });
    const named = eventTypes.map((type) => ({ type, data: {} })).map(endingOf);
    const all = [...named, endingOf(verified(true))].filter((each) => each !== null);
    expect(all.sort()).toEqual([...endings].sort());
  });
});

describe('who is woken by what', () => {
  it.each<[EventType, readonly Phase[]]>([
    ['DeploymentRequested', ['planning']],
    ['StepResumed', []],
    ['AdoptionRequested', ['verification']],
  ])('%s wakes %j', (type, woken) => {
    expect(phasesWokenBy(type)).toEqual(woken);
  });

  it('a type that this version does not know wakes every phase, whose fold then refuses it', () => {
    expect(phasesWokenBy('SomethingNew')).toEqual(phases);
    expect(phasesWokenBy('toString')).toEqual(phases);
  });

  it('every end wakes planning, which settles the environment', () => {
    for (const type of eventTypes.filter(isEndType)) expect(phasesWokenBy(type)).toContain('planning');
  });

  it('whatever happens, whoever has something else to do is woken', () => {
    fc.assert(
      fc.property(worldArbitrary, (scenario) => {
        const missed: string[] = [];
        const world = play(
          scenario,
          () => {},
          (append) => missed.push(...missedBy(append)),
        );
        for (let hours = 0; hours < 3; hours += 1) {
          refusable(() => void world.run());
          world.pass(minutes(61 * 8));
        }
        expect(missed).toEqual([]);
      }),
      runs(120),
    );
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
      decided(histories.performing('pre.1'), stall, { ...interrupted, step: 'pre.1' }),
    ],
    ['a stall while flows run', decided(histories.performing('post.1'), stall, { ...interrupted, step: 'post.1' })],
    ['a section first', histories.ready(examplePlan({ steps: [section('smoke-tests')] }))],
    ['dashboards first', histories.ready(examplePlan({ steps: [section('dashboards')] }))],
  ])('wakes every phase that gets something to do in %s', (_scenario, events) => {
    const missed = awakened(events).filter(([type, phase]) => !phasesWokenBy(type).includes(phase));
    expect(missed).toEqual([]);
  });
});
