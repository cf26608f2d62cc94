import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import {
  deployment,
  isDone,
  isEnded,
  activeState,
  type DeploymentEvent,
  type DeploymentState,
  type StepOutcome,
} from '@backstay/deployment';
import {
  examplePlan,
  exampleStep,
  histories,
  passingChecks,
  ScriptedHistory,
  type Script,
} from '@backstay/deployment/testing';
import { sealedEvents, runs } from '@backstay/event-sourcing/testing';
import type { RecordedEvent } from '@backstay/event-sourcing';
import {
  acceptanceCriteria,
  auditTrail,
  documentView,
  environmentView,
  measurements,
  procedureEntryOf,
  steps,
  summaryOf,
  why,
} from './index.ts';
import { exampleCriteria } from './testing/index.ts';

const recorded = (stream: string, records: readonly { type: string; data: unknown }[]): RecordedEvent[] =>
  sealedEvents(stream, records).map((event) => ({ ...event, cursor: `0-${event.version}` }));

const fold = (records: readonly DeploymentEvent[]): DeploymentState =>
  records.reduce(deployment.evolve, deployment.initialState);

/** What every view must hold to, whatever happened. */
function expectDescribed(records: readonly DeploymentEvent[], id: string): void {
  const events = recorded(`deployment-${id}`, records);
  for (const length of records.keys()) {
    const prefix = events.slice(0, length + 1);
    const state = fold(records.slice(0, length + 1));
    const summary = summaryOf(prefix);
    expect(summary?.status).toBe(state.status);
    expect(summary?.finishedAt !== undefined).toBe(isEnded(state));
    expect(summary?.steps.done).toBe(doneOf(state));
    expect(why(prefix)?.chain.at(-1)?.type).toBe('DeploymentRequested');
    expect(steps(prefix).filter(({ status }) => status === 'running').length).toBeLessThanOrEqual(1);
  }
  const { criteria } = acceptanceCriteria(events, [], '2026-02-01T00:00:00.000Z');
  const sentences = [
    ...auditTrail(events).entries.map(({ summary }) => summary),
    ...criteria.map(({ reason }) => reason),
    summaryOf(events)!.sentence,
  ];
  for (const sentence of sentences) expect(sentence).toMatch(/^(?!.*(undefined|\[object|NaN)).{4,}$/);
  expect(measurements([], events).metrics.every(({ samples }) => samples.length === 0)).toBe(true);
  expect(documentView('', events, { criteria }).verdicts.length).toBeGreaterThanOrEqual(criteria.length);
  const ended = summaryOf(events)?.finishedAt !== undefined;
  expect(procedureEntryOf(events)?.outcome ?? null).toBe(ended ? (summaryOf(events)?.status ?? null) : null);
}

function doneOf(state: DeploymentState): number {
  const active = activeState(state);
  if (active.status === 'none' || active.status === 'planning' || active.drafted === null) return 0;
  return active.drafted.plan.steps.filter((step) => isDone(active, step)).length;
}

describe('every view of every well-known scenario', () => {
  const { earlier: _earlier, performing, ...others } = histories;
  const wellKnown: Record<string, () => readonly DeploymentEvent[]> = {
    ...others,
    performing: () => performing('deploy.1'),
  };
  it.each(Object.entries(wellKnown))('%s', (_name, history) => {
    expectDescribed(history(), 'd-1');
  });
});

const plan = examplePlan({
  acceptanceCriteria: [...exampleCriteria],
  steps: [
    ...examplePlan().steps.filter(({ stage }) => stage !== 'post'),
    exampleStep('deploy.8', { onFailure: 'continue' }),
    exampleStep('deploy.9', { onFailure: 'ask:operator', onlyIn: ['staging'] }),
    ...examplePlan().steps.filter(({ stage }) => stage === 'post'),
  ],
});

const outcomes: Record<string, StepOutcome> = {
  succeeded: { status: 'succeeded' },
  failed: { status: 'failed', reason: 'exit code 1' },
  unknown: { status: 'unknown', reason: 'its host was lost' },
};

const scripts = fc.record({
  bad: fc.dictionary(
    fc.constantFrom('rollback.1', ...plan.steps.map(({ id }) => id)),
    fc.constantFrom('failed', 'unknown'),
    { maxKeys: 2 },
  ),
  verified: fc.boolean(),
  restored: fc.boolean(),
  watch: fc.constantFrom('passes' as const, 'degrades' as const, 'says nothing' as const),
  resolved: fc.constantFrom('completed' as const, 'failed' as const, 'retry' as const),
});

/** An earlier version runs; then all goes and stops as the script says; a person resolves what is held, twice at most. */
function played(script: Script, resolved: 'completed' | 'failed' | 'retry'): ScriptedHistory {
  const world = new ScriptedHistory();
  world.request('d-0', { plan: examplePlan({ version: '1.0.0' }) });
  world.run();
  world.request('d-1', script);
  world.run('d-1');
  for (const outcome of [resolved, 'failed'] as const) {
    const state = world.state('d-1');
    if (state.status !== 'held' || state.hold.step === null) return world;
    world.handle('d-1', {
      type: 'ResolveStep',
      step: state.hold.step,
      outcome,
      by: 'operator',
      reason: 'looked at it',
      at: world.now,
    });
    world.run('d-1');
  }
  return world;
}

describe('every view of any scenario', () => {
  it('agrees with the aggregate after each event, and is reported in whole sentences', () => {
    fc.assert(
      fc.property(scripts, ({ bad, verified, restored, watch, resolved }) => {
        const outcome: Script['outcome'] = ({ id }, attempt) =>
          outcomes[attempt > 1 ? 'succeeded' : (bad[id] ?? 'succeeded')]!;
        const checks: Script['checks'] = (purpose) => passingChecks(purpose === 'verification' ? verified : restored);
        const world = played({ plan, outcome, checks, watch }, resolved);
        expectDescribed(world.events('d-1'), 'd-1');
        const environment = recorded('environment-notes.staging', world.environmentEvents);
        const view = environment.reduce<ReturnType<typeof environmentView.evolve> | undefined>(
          (row, event) => environmentView.evolve(row ?? undefined, event, 'notes.staging'),
          undefined,
        );
        expect({ holder: view?.holder, running: view?.running }).toEqual({
          holder: world.environmentState.holder,
          running: world.environmentState.running,
        });
      }),
      runs(20),
    );
  });
});
