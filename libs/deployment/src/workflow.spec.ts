import { describe, expect, it } from 'vitest';
import type { Plan, Step } from '@backstay/document';
import type { DeploymentCommand } from './deployment.ts';
import type { Effect, EffectOf } from './effect.ts';
import type { DeploymentEvent } from './events.ts';
import { environment } from './environment/environment.ts';
import type { Phase, PreflightPhase } from './phase.ts';
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
  passingReading,
  fullWatch,
} from './testing/index.ts';
import { deploymentWorkflow, environmentWorkflow } from './workflow.ts';

const now = at(minutes(21));
const complete = { kind: 'complete' };
const settle: DeploymentCommand = { type: 'ReleaseEnvironment', stream: 'environment-notes.staging', version: 2 };

describe('a deployment that succeeded', () => {
  const log = { reader: 'log' as const, files: ['app.log'], patterns: ['error'], allow: [] };
  const plan = examplePlan({
    acceptanceCriteria: [{ text: 'No errors in the log', line: 140, rule: { kind: 'evidence', evidence: log } }],
  });
  const unread = histories.succeeded(plan);
  const read: DeploymentCommand = {
    type: 'RecordEvidence',
    readings: [{ line: 140, reading: passingReading('log') }],
    token: 1,
    at: now,
  };

  it('has its log still to be read, also when its environment is settled', () => {
    for (const events of [unread, decided(unread, settle)])
      expect(nextAt('execution', events, now)).toMatchObject({
        kind: 'effect',
        effect: { kind: 'read-evidence', lines: [{ line: 140 }] },
      });
  });

  it('is complete for execution when it is read', () => {
    expect(nextAt('execution', decided(unread, read), now)).toEqual(complete);
  });

  it('is complete for execution when the notices are delivered, too', () => {
    const breach = { alert: 'errors', action: 'page' as const, breach: breachOf({ sentence: 'error rate was 9 %' }) };
    const alerted = decided(
      histories.watching(plan),
      { type: 'RaiseAlert', ...breach, token: 1, at: now },
      {
        type: 'PassMonitoring',
        metrics: [{ metric: 'error-rate', verdict: 'pass', samples: 9 }],
        ...fullWatch(plan),
        token: 1,
        at: now,
      },
      read,
    );
    const notice = { notice: 'alert.1.on-call', channel: 'on-call', about: 'errors: error rate was 9 %' };
    expect(nextAt('execution', alerted, now)).toEqual({ kind: 'effect', effect: { kind: 'deliver-notice', notice } });
    const delivered = { type: 'RecordNotice' as const, ...notice, delivered: true, detail: 'paged', at: now };
    expect(nextAt('execution', decided(alerted, delivered), now)).toEqual(complete);
  });

  it('is complete for planning when the environment is settled, and for nobody else because of it', () => {
    expect(nextAt('planning', unread, now)).toEqual({ kind: 'effect', effect: { kind: 'settle-environment' } });
    expect(nextAt('planning', decided(unread, settle), now)).toEqual(complete);
  });

  it.each<Phase>(['verification', 'monitoring', 'rollback'])('is complete for %s at once', (phase) => {
    expect(nextAt(phase, unread, now)).toEqual(complete);
  });
});

describe('a deployment that ended beside a step that runs', () => {
  const cancel: DeploymentCommand = { type: 'CancelDeployment', reason: 'no', by: 'operator', at: now };
  const ended = decided(histories.performing('pre.1'), cancel);
  const closed = decided(ended, {
    type: 'CompleteStep',
    step: 'pre.1',
    attempt: 1,
    outcome: { status: 'interrupted', reason: 'ended' },
    token: 1,
    host: 'host-a',
    at: now,
  });

  it('is complete for the phase that runs it when the step has ended, and for planning when it is settled after that', () => {
    expect(nextAt('execution', ended, now)).toMatchObject({ effect: { kind: 'interrupt-step' } });
    expect(nextAt('planning', ended, now)).toEqual({ kind: 'idle' });
    expect(nextAt('execution', closed, now)).toEqual(complete);
    expect(nextAt('planning', closed, now)).toMatchObject({ effect: { kind: 'settle-environment' } });
    expect(nextAt('planning', decided(closed, settle), now)).toEqual(complete);
  });
});

describe.each<
  [string, string, (plan: Plan) => readonly DeploymentEvent[], (step: Plan['steps'][number]) => Partial<Plan>]
>([
  ['execution', 'pre.1', (plan) => histories.ready(plan), (step) => ({ steps: [step] })],
  [
    'rollback',
    'rollback.1',
    (plan) => histories.rollbackPlanned(plan),
    (step) => ({ rollback: { ...examplePlan().rollback, steps: [step] } }),
  ],
])('a step of %s that waits', (name, id, before, planWith) => {
  const phase = name as Phase;
  const step = exampleStep(id, { action: { kind: 'wait', ms: minutes(2) }, mutates: false });
  const due = before(examplePlan(planWith(step)));
  const begun = decided(due, { type: 'BeginStep', step: id, token: 3, host: 'host-a', at: at(minutes(4)) });

  it('is begun like any other', () => {
    expect(nextAt(phase, due, at(minutes(4)))).toMatchObject({ effect: { kind: 'perform-step', attempt: 1 } });
    expect(begun.at(-1)).toMatchObject({ type: 'StepStarted', data: { step: id, action: 'wait' } });
  });

  it('needs nobody until its time has passed, and is then complete, whoever holds the lease', () => {
    expect(nextAt(phase, begun, at(minutes(4)))).toEqual({ kind: 'wait', until: at(minutes(6)) });
    expect(nextAt(phase, begun, at(minutes(6) - 1))).toEqual({ kind: 'wait', until: at(minutes(6)) });
    expect(nextAt(phase, begun, at(minutes(6)))).toMatchObject({
      kind: 'effect',
      effect: { kind: 'complete-wait', step: id, attempt: 1, waitedMs: minutes(2) },
    });
    const outcome = { status: 'succeeded' as const };
    const end = { type: 'CompleteStep' as const, step: id, attempt: 1, outcome, host: 'host-b', at: at(minutes(6)) };
    const done = decided(begun, { ...end, token: 4, result: { waitedMs: minutes(2) } });
    expect(done[begun.length]).toMatchObject({
      type: 'StepSucceeded',
      data: { step: id, result: { waitedMs: 120_000 } },
    });
  });
});

describe('a rollback', () => {
  it('is looked at by its deadline, whatever it does or waits for', () => {
    const deadline = at(minutes(33));
    const steps = [exampleStep('rollback.1', { action: { kind: 'wait', ms: minutes(60) }, mutates: false })];
    const waits = histories.rollbackPlanned(examplePlan({ rollback: { ...examplePlan().rollback, steps } }));
    const begun = decided(waits, { type: 'BeginStep', step: 'rollback.1', token: 1, host: 'h', at: at(minutes(4)) });
    expect(nextAt('rollback', waits, at(minutes(4)))).toMatchObject({ kind: 'effect', reviewAt: deadline });
    expect(nextAt('rollback', begun, at(minutes(4)))).toEqual({ kind: 'wait', until: deadline });
    expect(nextAt('rollback', begun, deadline)).toMatchObject({ effect: { kind: 'fail-rollback' } });
  });
});

describe('whom an append wakes', () => {
  const stream = 'deployment-d-1';
  const wokenBy = (earlier: readonly DeploymentEvent[], ...commands: readonly DeploymentCommand[]) => {
    const all = decided(earlier, ...commands);
    const events = all.slice(earlier.length);
    const before = { state: foldDeployment(earlier), now: at(minutes(2)) };
    return deploymentWorkflow
      .wakeUpsOf({ stream, events, after: foldDeployment(all), before })
      .map(({ phase }) => phase);
  };
  const done = (step: string): DeploymentCommand => ({
    type: 'CompleteStep',
    step,
    attempt: 1,
    outcome: { status: 'succeeded' },
    token: 1,
    host: 'host-a',
    at: at(minutes(1)),
  });

  it('is, of a request, planning alone', () => {
    const after = foldDeployment(histories.requested());
    expect(deploymentWorkflow.wakeUpsOf({ stream, events: histories.requested(), after })).toEqual([
      { phase: 'planning', stream },
    ]);
  });

  it('is nobody but the same phase when a step follows a step', () => {
    const earlier = histories.performing('deploy.1');
    expect(wokenBy(earlier, done('deploy.1'))).toEqual(['execution']);
  });

  it('is the guard when the first step begins that changes something', () => {
    expect(wokenBy(histories.performing('pre.1'), done('pre.1'))).toEqual(['execution', 'monitoring']);
  });

  it('is whoever performs the next step, and planning where its deadline comes sooner', () => {
    expect(wokenBy(histories.performing('deploy.2'), done('deploy.2'))).toEqual(['execution', 'verification']);
    expect(wokenBy(histories.performing('post.1'), done('post.1'))).toEqual(['planning', 'verification']);
  });

  it('is all that the catalogue names where the state before is not known', () => {
    const all = decided(histories.performing('deploy.1'), done('deploy.1'));
    const woken = deploymentWorkflow.wakeUpsOf({ stream, events: all.slice(-2), after: foldDeployment(all) });
    expect(woken).toHaveLength(5);
  });

  it('is every phase that may be in the middle of something, of a trigger', () => {
    const trigger = { kind: 'manual' as const, text: 'slow', line: null, by: 'operator' };
    const rollBack: DeploymentCommand = { type: 'TriggerRollback', trigger, reason: 'slow', at: at(minutes(2)) };
    expect(wokenBy(histories.performing('deploy.2'), rollBack)).toEqual(['execution', 'monitoring', 'rollback']);
    expect(wokenBy(histories.watching(), rollBack)).toEqual(expect.arrayContaining(['monitoring', 'rollback']));
  });

  it('is planning when a person has confirmed what it may wait for', () => {
    const drafted = histories.drafted();
    const confirm: DeploymentCommand = { type: 'ConfirmCriterion', line: 131, by: 'jo', reason: 'read', at: now };
    const evidence = { eventId: 'e-1', eventType: 'CriterionConfirmed', digest: 'h', line: 131 };
    expect(wokenBy(drafted, confirm)).toEqual(['planning']);
    const revoke: DeploymentCommand = { type: 'RevokeEvidence', evidence, by: 'jo', reason: 'of another', at: now };
    expect(wokenBy(decided(drafted, confirm), revoke)).toEqual(['planning']);
  });

  it('is every phase where a type is not known here, so that each refuses it explicitly', () => {
    const events = [{ type: 'SomethingNew', data: {} }];
    const after = foldDeployment(histories.ready());
    expect(deploymentWorkflow.wakeUpsOf({ stream, events, after })).toHaveLength(5);
    expect(
      environmentWorkflow.wakeUpsOf({ stream: 'environment-notes.staging', events, after: environment.initialState }),
    ).toHaveLength(5);
  });
});

describe('whom an append to an environment wakes', () => {
  const stream = 'environment-notes.staging';
  const claim = (deployment: string) => ({ type: 'EnvironmentClaimed' as const, data: { deployment, at: now } });
  const queued = (deployment: string) => ({
    type: 'EnvironmentClaimQueued' as const,
    data: { deployment, behind: 'd-1', at: now },
  });
  const settled = {
    type: 'EnvironmentSettled' as const,
    data: { deployment: 'd-1', outcome: 'succeeded', running: null, verifiedGood: null, quarantined: null, at: now },
  };
  const wokenBy = (...events: Parameters<typeof environment.evolve>[1][]) => {
    const after = events.reduce(environment.evolve, environment.initialState);
    return environmentWorkflow.wakeUpsOf({ stream, events: events.slice(-1), after });
  };

  it('is planning of who is first in the queue of an environment that is let go', () => {
    expect(wokenBy(claim('d-1'), queued('d-2'), queued('d-3'), settled)).toEqual([
      { phase: 'planning', stream },
      { phase: 'planning', stream: 'deployment-d-2' },
    ]);
    expect(wokenBy(claim('d-1'), settled)).toEqual([{ phase: 'planning', stream }]);
  });

  it('is nobody while it is held', () => {
    expect(wokenBy(claim('d-1'), queued('d-2'))).toEqual([]);
  });

  it('is planning of who holds it from now on, and of those who wait for that one then', () => {
    const planningOf = (...streams: string[]) => streams.map((each) => ({ phase: 'planning', stream: each }));
    expect(wokenBy(claim('d-1'))).toEqual(planningOf(stream, 'deployment-d-1'));
    expect(wokenBy(claim('d-1'), queued('d-2'), queued('d-3'), settled, claim('d-2'))).toEqual(
      planningOf(stream, 'deployment-d-2', 'deployment-d-3'),
    );
  });

  it('is verification when what runs is to be adopted', () => {
    const asked = { type: 'AdoptionRequested' as const, data: { version: '1.0.0', by: 'jo', reason: 'runs', at: now } };
    expect(wokenBy(asked)).toEqual([{ phase: 'verification', stream }]);
    const state = environment.evolve(environment.initialState, asked);
    expect(environmentWorkflow.next('verification', state, now)).toMatchObject({ effect: { kind: 'adopt-release' } });
    expect(environmentWorkflow.next('planning', state, now)).toEqual({ kind: 'idle' });
  });
});

describe('a slot of the process', () => {
  const step = (action: Step['action']): EffectOf<'perform-step'> => ({
    kind: 'perform-step',
    step: exampleStep('deploy.1', { action }),
    attempt: 1,
    resume: false,
  });
  const command: Step['action'] = { kind: 'run', shell: false, commands: [{ text: 'make', argv: ['make'] }] };
  const duty = { verb: 'confirmed', duty: 'operator' } as const;
  const preflightOf = (phase: PreflightPhase): EffectOf<'probe-preflight'> => ({ kind: 'probe-preflight', phase });
  const open = { step: 'deploy.1', attempt: 1 } as const;
  const notice = { notice: 'alert.1.on-call', channel: 'on-call', about: 'errors' };

  /** Every kind of effect, each where it belongs. */
  const effects: {
    readonly [Kind in Effect['kind']]: { readonly [Where in 'held' | 'free']?: readonly EffectOf<Kind>[] };
  } = {
    'draft-plan': { held: [{ kind: 'draft-plan' }] },
    'check-blockers': { free: [{ kind: 'check-blockers', confirmed: [] }] },
    'claim-environment': { free: [{ kind: 'claim-environment' }] },
    'probe-preflight': {
      held: [preflightOf('execution'), preflightOf('verification')],
      // Its baseline is a watch.
      free: [preflightOf('monitoring')],
    },
    'expire-preflight': { free: [{ kind: 'expire-preflight', missing: [] }] },
    'expire-hold': { free: [{ kind: 'expire-hold' }] },
    'end-stall': { free: [{ kind: 'end-stall' }] },
    'settle-environment': { free: [{ kind: 'settle-environment' }] },
    'capture-rollback-point': { free: [{ kind: 'capture-rollback-point' }] },
    'perform-step': {
      held: [step(command), step({ kind: 'section', section: 'smoke-tests' })],
      free: [step({ kind: 'wait', ms: 1 }), step({ kind: 'manual', duty })],
    },
    'complete-wait': { free: [{ kind: 'complete-wait', ...open, waitedMs: 1 }] },
    'interrupt-step': { free: [{ kind: 'interrupt-step', ...open }] },
    'run-checks': {
      held: [
        { kind: 'run-checks', purpose: 'verification', sections: [] },
        { kind: 'run-checks', purpose: 'restoration', sections: [] },
      ],
    },
    watch: {
      free: [
        { kind: 'watch', mode: 'guard' },
        { kind: 'watch', mode: 'window' },
      ],
    },
    'await-quiet': { free: [{ kind: 'await-quiet', ...open }] },
    'plan-rollback': { free: [{ kind: 'plan-rollback' }] },
    'fail-rollback': { free: [{ kind: 'fail-rollback', reason: 'the deadline is over' }] },
    'deliver-notice': { free: [{ kind: 'deliver-notice', notice }] },
    'read-evidence': { held: [{ kind: 'read-evidence', lines: [] }] },
    'adopt-release': { held: [{ kind: 'adopt-release' }] },
    'review-claim': { free: [{ kind: 'review-claim', deployment: 'd-1' }] },
  };
  const ofEnvironments: readonly Effect['kind'][] = ['adopt-release', 'review-claim'];

  it.each(Object.entries(effects))(
    'is held for %s only where it occupies the machine',
    (kind, { held = [], free = [] }) => {
      const workflow = ofEnvironments.includes(kind as Effect['kind']) ? environmentWorkflow : deploymentWorkflow;
      expect(held.length + free.length).toBeGreaterThan(0);
      for (const effect of held) expect(workflow.occupies(effect)).toBe(true);
      for (const effect of free) expect(workflow.occupies(effect)).toBe(false);
    },
  );
});
