import { describe, expect, it } from 'vitest';
import type { Plan, Step } from '@backstay/document';
import { specificationOf } from '@backstay/event-sourcing/testing';
import { deployment, type DeploymentCommand } from '../deployment.ts';
import type { DeploymentEvent } from '../events.ts';
import { undoList } from '../steps.ts';
import {
  at,
  decided,
  examplePlan,
  exampleStep,
  foldDeployment,
  histories,
  minutes,
  passingChecks,
  nextAt,
} from '../testing/index.ts';
import type { CheckResult } from '../values.ts';
import type { ReleaseRef, RollbackPoint, StepRecord } from '../values.ts';
import { deriveRollback } from '../rollback-steps.ts';

const { given } = specificationOf(deployment);
const now = at(minutes(4));
const plan = examplePlan();
const command = (text: string) => ({ text, argv: text.split(' ') });

const trigger: DeploymentCommand = {
  type: 'TriggerRollback',
  trigger: { kind: 'manual', text: 'stop', line: null, by: 'operator' },
  reason: 'stop',
  at: now,
};
const deadlined: DeploymentCommand = {
  ...trigger,
  trigger: { kind: 'alert', text: 'Alert X fires', line: null, by: 'alertmanager' },
};
const planRollback = (target: ReleaseRef | null = histories.earlier, token = 1): DeploymentCommand => ({
  type: 'PlanRollback',
  token,
  target,
  checks: { from: 'd-0', smokeTests: plan.smokeTests, healthChecks: plan.healthChecks },
  at: now,
});
const failRollback: DeploymentCommand = { type: 'FailRollback', reason: 'not finished by its deadline', at: now };
const restored = (results: readonly CheckResult[] = passingChecks()): DeploymentCommand => ({
  type: 'RecordChecks',
  purpose: 'restoration',
  token: 1,
  results,
  at: now,
});
const begin = (step: string, token = 1): DeploymentCommand => ({
  type: 'BeginStep',
  step,
  token,
  host: 'host-a',
  at: now,
});
const complete = (step: string, status: 'succeeded' | 'failed' | 'unknown' = 'succeeded'): DeploymentCommand => ({
  type: 'CompleteStep',
  step,
  attempt: 1,
  outcome: status === 'succeeded' ? { status } : { status, reason: 'exit code 1' },
  token: 1,
  host: 'host-a',
  at: now,
});
const typesOf = (events: ReturnType<typeof decided>) => events.map(({ type }) => type);

describe('a trigger', () => {
  it('moves every state in which something was changed, once', () => {
    for (const events of [
      histories.performing('deploy.1'),
      histories.performing('post.1'),
      histories.closing(),
      histories.watching(),
    ]) {
      given(...events)
        .when(trigger)
        .thenTypes('RollbackTriggered');
      given(...decided(events, trigger))
        .when(trigger)
        .thenNothing();
    }
  });

  it('before a change cancels on a person’s confirmation, and fails otherwise', () => {
    for (const events of [histories.drafted(), histories.ready(), histories.performing('pre.1')]) {
      given(...events)
        .when(trigger)
        .thenTypes('DeploymentCancelled');
      given(...events)
        .when(deadlined)
        .thenTypes('DeploymentFailed');
      given(...decided(events, trigger))
        .when(trigger)
        .thenRejected('ended');
    }
  });

  it('past an irreversible step halts for a person', () => {
    const events = histories.performing(
      'deploy.1',
      examplePlan({ steps: [exampleStep('deploy.1', { irreversible: true })] }),
    );
    given(...events)
      .when(trigger)
      .thenTypes('DeploymentHalted');
    given(...decided(events, trigger))
      .when(trigger)
      .thenRejected('ended');
    expect(foldDeployment(decided(events, trigger))).toMatchObject({
      running: null,
      quarantined: '1.1.0',
      pendingNotices: [{ channel: 'on-call' }],
    });
  });

  it('releases a hold', () => {
    const held = decided(histories.performing('deploy.1'), { ...complete('deploy.1', 'unknown') });
    given(...held)
      .when(trigger)
      .thenTypes('DeploymentReleased', 'RollbackTriggered');
  });

  it('cannot move what has ended', () => {
    for (const events of [histories.succeeded(), histories.rolledBack()])
      given(...events)
        .when(trigger)
        .thenRejected('ended');
  });
});

describe('the plan of a rollback', () => {
  it('is made once, with its deadline counted from the trigger', () => {
    const events = decided(histories.rollingBack(), planRollback());
    expect(events.at(-1)).toMatchObject({
      type: 'RollbackPlanned',
      data: { deadline: at(minutes(33)), target: { version: '1.0.0' } },
    });
    given(...events)
      .when(planRollback())
      .thenNothing();
    given(...histories.watching())
      .when(planRollback())
      .thenRejected('not-rolling-back');
  });

  it('is not made beside a step that may still act', () => {
    const open = decided(histories.performing('deploy.2'), trigger);
    given(...open)
      .when(planRollback())
      .thenRejected('not-quiet');
    expect(nextAt('rollback', open, now)).toEqual({
      kind: 'effect',
      effect: {
        kind: 'await-quiet',
        step: 'deploy.2',
        attempt: 1,
      },
      reviewAt: at(minutes(34)),
    });
    const quiet = decided(open, { ...complete('deploy.2', 'unknown') });
    given(...quiet)
      .when(planRollback())
      .thenTypes('RollbackPlanned');
  });

  it('refuses a stale token', () => {
    const taken = decided(histories.rollbackPlanned(), begin('rollback.1', 3));
    given(...taken)
      .when(begin('rollback.1', 2))
      .thenRejected('stale-token');
  });
});

describe('the steps of a rollback', () => {
  const deployer = { kind: 'deployer' as const, parts: ['place' as const, 'activate' as const] };
  const undoBy = (text: string) => ({ kind: 'run' as const, commands: [command(text)], shell: false });
  const record = (step: string, order: number, status: StepRecord['status'] = 'succeeded'): StepRecord => ({
    step,
    status,
    attempt: 1,
    token: 1,
    host: 'h',
    mutates: true,
    order,
    startedAt: now,
    retryAt: null,
    result: {},
  });
  const records = (...all: readonly StepRecord[]) => Object.fromEntries(all.map((each) => [each.step, each]));
  const steps = [
    exampleStep('deploy.1', { title: 'Migrate', undo: undoBy('migrate down') }),
    exampleStep('deploy.2', { title: 'Warm', undo: undoBy('cool') }),
    exampleStep('deploy.3', { title: 'Deploy', undo: deployer }),
    exampleStep('deploy.4', { title: 'Restart', undo: deployer }),
    exampleStep('deploy.5', { title: 'Read', mutates: false, undo: undoBy('never') }),
    exampleStep('deploy.6', { title: 'Nothing to undo', undo: { kind: 'none' } }),
  ];
  const withSteps = (own: readonly Step[] = []): Plan =>
    examplePlan({ steps: [...steps], rollback: { ...plan.rollback, steps: [...own] } });
  const all = records(...steps.map(({ id }, index) => record(id, index + 1)));
  const titlesOf = (derived: readonly Step[]) => derived.map(({ id, title }) => `${id} ${title}`);

  it('undo what was recorded as completed, last first; the deployer switches back once', () => {
    expect(titlesOf(deriveRollback(withSteps(), all, null))).toEqual([
      'rollback.1 Revert to previous version',
      'rollback.2 Restart services',
      'rollback.3 Undo deploy.2: Warm',
      'rollback.4 Undo deploy.1: Migrate',
    ]);
  });

  it('undo in the inverse order of what really ran', () => {
    const swapped = records(record('deploy.1', 2), record('deploy.2', 1));
    expect(undoList(withSteps(), swapped).map(({ id }) => id)).toEqual(['deploy.1', 'deploy.2']);
  });

  it.each(['failed', 'interrupted', 'unknown', 'skipped', 'retrying'] as const)(
    'leave out a command that is recorded as %s',
    (status) => {
      expect(
        deriveRollback(withSteps(), records(record('deploy.1', 1), record('deploy.2', 2, status)), null).map(
          ({ title }) => title,
        ),
      ).toEqual(['Undo deploy.1: Migrate']);
    },
  );

  it('switch back also when the deployer had only begun, because that does no harm', () => {
    expect(titlesOf(deriveRollback(withSteps(), records(record('deploy.3', 1, 'failed')), null))).toEqual([
      'rollback.1 Revert to previous version',
      'rollback.2 Restart services',
    ]);
  });

  it('are the document’s own, in which the revert stands for every undo', () => {
    const own = (number: number, title: string, action: Step['action']) =>
      exampleStep(`rollback.${number}`, { title, action });
    const template = [
      own(1, 'Stop new deployment', { kind: 'revert', part: 'stop-new' }),
      own(2, 'Revert to previous version', { kind: 'revert', part: 'previous-version' }),
      own(3, 'Restore database to backup', {
        kind: 'restore',
        engine: 'postgresql',
        step: 'pre.1',
        dataLossMs: 300_000,
      }),
      own(4, 'Restart services', { kind: 'revert', part: 'restart' }),
      own(5, 'Verify system health', { kind: 'section', section: 'health-checks' }),
      own(6, 'Notify team of rollback', { kind: 'notify', channel: '#team', about: 'rollback' }),
    ];
    const derived = deriveRollback(withSteps(template), all, null);
    expect(titlesOf(derived)).toEqual([
      'rollback.1 Stop new deployment',
      'rollback.2 Revert to previous version',
      'rollback.3 Undo deploy.2: Warm',
      'rollback.4 Undo deploy.1: Migrate',
      'rollback.5 Restore database to backup',
      'rollback.6 Restart services',
      'rollback.7 Verify system health',
      'rollback.8 Notify team of rollback',
    ]);
    expect(derived.map(({ stage }) => stage)).toEqual(derived.map(() => 'rollback'));
    expect(derived[2]).toMatchObject({
      action: { kind: 'run', commands: [{ text: 'cool' }] },
      mutates: true,
      onFailure: 'stop',
    });
  });

  describe('that moved traffic', () => {
    const move = (number: number, share: number, more: Partial<Step> = {}) =>
      exampleStep(`deploy.${number}`, {
        title: `Give it ${share}`,
        action: { kind: 'traffic', share, target: 'new', proxy: 'haproxy', socket: '/s', backend: 'b' },
        undo: { kind: 'weights' },
        effect: 'idempotent',
        ...more,
      });
    const set = (step: string, order: number, weights: Record<string, number>, status?: StepRecord['status']) => ({
      ...record(step, order, status),
      result: { weights },
    });
    const plan = { ...withSteps(), steps: [move(1, 0.1), move(2, 1), exampleStep('deploy.3')] };
    const point: RollbackPoint = {
      target: null,
      configurationDigest: null,
      schemaVersion: null,
      backupStep: null,
      weights: [{ socket: '/s', backend: 'b', weights: { old: 100, new: 0, third: 5 }, problem: null }],
    };
    const weights = (...all: readonly StepRecord[]) =>
      deriveRollback(plan, records(...all), point).map(({ title, action }) => [
        title,
        action.kind === 'weights' && action.weights,
      ]);

    it('put back what each step found, by what is recorded', () => {
      expect(weights(set('deploy.1', 1, { old: 9, new: 1 }), set('deploy.2', 2, { old: 0, new: 1 }))).toEqual([
        ['Undo deploy.2: Give it 1', { old: 9, new: 1, third: 5 }],
        ['Undo deploy.1: Give it 0.1', { old: 100, new: 0, third: 5 }],
      ]);
    });

    it.each(['running', 'failed', 'interrupted', 'unknown'] as const)(
      'put it back also where a step was %s: nobody knows how far it came',
      (status) => {
        expect(weights(set('deploy.1', 1, { old: 9, new: 1 }), record('deploy.2', 2, status))[0]).toEqual([
          'Undo deploy.2: Give it 1',
          { old: 9, new: 1, third: 5 },
        ]);
        expect(weights(record('deploy.1', 1, status))).toEqual([
          ['Undo deploy.1: Give it 0.1', { old: 100, new: 0, third: 5 }],
        ]);
      },
    );

    it('leave it where the document says so, or where nothing is recorded', () => {
      const kept = { ...plan, steps: [move(1, 0.1, { undo: { kind: 'none' } })] };
      expect(deriveRollback(kept, records(record('deploy.1', 1)), point)).toEqual([]);
      expect(deriveRollback(plan, records(record('deploy.1', 1)), { ...point, weights: [] })).toEqual([]);
    });

    it('know another backend as another', () => {
      const other = { ...point, weights: point.weights!.map((each) => ({ ...each, backend: 'c' })) };
      expect(deriveRollback(plan, records(record('deploy.1', 1)), other)).toEqual([]);
    });
  });

  it('are none where nothing was completed', () => {
    expect(deriveRollback(withSteps(), records(record('deploy.1', 1, 'failed')), null)).toEqual([]);
  });
});

describe('a rollback', () => {
  const planned = histories.rollbackPlanned();
  const undone = decided(
    planned,
    begin('rollback.1'),
    complete('rollback.1'),
    complete('rollback.2'),
    complete('rollback.3'),
  );

  it('performs its steps in order, and checks what it restored', () => {
    given(...planned)
      .when(begin('rollback.2'))
      .thenRejected('not-next');
    given(...planned)
      .when(begin('rollback.1'))
      .thenTypes('StepStarted');
    given(...decided(planned, begin('rollback.1')))
      .when(complete('rollback.1'))
      .thenTypes('StepSucceeded', 'StepStarted');
    expect(nextAt('rollback', undone, now)).toMatchObject({
      kind: 'effect',
      effect: {
        kind: 'run-checks',
        purpose: 'restoration',
      },
    });
  });

  it('is not checked before it is planned and done', () => {
    given(...histories.rollingBack())
      .when(restored())
      .thenRejected('not-next');
    given(...planned)
      .when(restored())
      .thenRejected('not-next');
    given(...histories.closing())
      .when(restored())
      .thenRejected('not-next');
  });

  it('is verified when every check of the restored version passed, once', () => {
    given(...undone)
      .when(restored())
      .thenTypes('SmokeTestPassed', 'HealthCheckPassed', 'DeploymentRolledBack');
    expect(foldDeployment(decided(undone, restored()))).toMatchObject({
      status: 'rolled-back-verified',
      running: { version: '1.0.0' },
      quarantined: '1.1.0',
    });
    given(...decided(undone, restored()))
      .when(restored())
      .thenNothing();
  });

  it.each([
    ['a check failed', passingChecks(false), '500 instead of 200'],
    ['nothing was checked', [], 'no check of the restored version is known'],
    ['a check has no result', passingChecks().slice(0, 1), '0 of 1 have a result'],
    [
      'the service is healthy and does not say its version',
      passingChecks(true, null),
      'the deployer switched to 1.0.0; the service did not say its version',
    ],
  ])('is unverified when %s', (_why, results, why) => {
    const events = decided(undone, restored(results));
    expect(events.at(-1)).toMatchObject({
      type: 'DeploymentRolledBack',
      data: { verified: false, unverified: expect.stringContaining(why) },
    });
    expect(foldDeployment(events)).toMatchObject({ running: { version: '1.0.0' }, verifiedGood: null });
  });

  it('of a first deployment restores nothing, and says so', () => {
    const events = decided(
      histories.rollbackPlanned(plan, null),
      begin('rollback.1'),
      complete('rollback.1'),
      complete('rollback.2'),
      complete('rollback.3'),
      restored(passingChecks(true, null)),
    );
    expect(foldDeployment(events)).toMatchObject({ status: 'rolled-back-unverified', running: null });
  });

  it('ends by name when an undo has failed, and says what was not put back', () => {
    const events = decided(planned, begin('rollback.1'), complete('rollback.1', 'failed'));
    expect(events.at(-1)).toMatchObject({
      type: 'RollbackFailed',
      data: {
        step: 'rollback.1',
        deviations: [expect.stringContaining('rollback.1'), expect.anything(), expect.anything()],
      },
    });
  });

  describe('of whose undo nobody knows the end', () => {
    const lost = (attempt: number): DeploymentCommand => ({
      ...(complete('rollback.1', 'unknown') as Extract<DeploymentCommand, { type: 'CompleteStep' }>),
      attempt,
    });
    const stepsOf = (effect: Step['effect']) =>
      planned.map((event) =>
        event.type === 'RollbackPlanned'
          ? { ...event, data: { ...event.data, steps: event.data.steps.map((each) => ({ ...each, effect })) } }
          : event,
      );

    it.each(['keyed', 'idempotent'] as const)(
      'runs it again where it is %s, a person is asked after five times',
      (effect) => {
        let events: readonly DeploymentEvent[] = stepsOf(effect);
        for (let attempt = 1; attempt < 5; attempt += 1) {
          events = decided(events, begin('rollback.1'), lost(attempt));
          expect(events.at(-1)?.type).toBe('StepUnknown');
          expect(nextAt('rollback', events, now)).toMatchObject({
            effect: { kind: 'perform-step', attempt: attempt + 1, resume: false },
          });
        }
        events = decided(events, begin('rollback.1'), lost(5));
        expect(foldDeployment(events)).toMatchObject({
          status: 'held',
          hold: { code: 'unknown-outcome', step: 'rollback.1' },
        });
      },
    );

    it.each(['reattachable', 'opaque'] as const)(
      'is held with its name where it is %s, until its deadline',
      (effect) => {
        const events = decided(stepsOf(effect), begin('rollback.1'), lost(1));
        expect(foldDeployment(events)).toMatchObject({
          status: 'held',
          hold: { code: 'unknown-outcome', step: 'rollback.1' },
        });
        expect(nextAt('rollback', events, now)).toMatchObject({ kind: 'wait' });
        expect(nextAt('rollback', events, at(minutes(33)))).toMatchObject({ effect: { kind: 'fail-rollback' } });
      },
    );

    it('goes on where a person says that it is done, and ends by name where it has failed', () => {
      const events = decided(stepsOf('opaque'), begin('rollback.1'), lost(1));
      const resolved = { type: 'ResolveStep', step: 'rollback.1', by: 'operator', reason: 'looked', at: now } as const;
      expect(nextAt('rollback', decided(events, { ...resolved, outcome: 'completed' }), now)).toMatchObject({
        effect: { kind: 'perform-step', step: { id: 'rollback.2' } },
      });
      expect(decided(events, { ...resolved, outcome: 'failed' }).at(-1)?.type).toBe('RollbackFailed');
    });
  });

  it('ends by name at its deadline, once, also before it was planned', () => {
    for (const events of [planned, histories.rollingBack()]) {
      expect(nextAt('rollback', events, at(minutes(33)))).toMatchObject({
        kind: 'effect',
        effect: { kind: 'fail-rollback' },
      });
      expect(decided(events, failRollback).at(-1)).toMatchObject({
        type: 'RollbackFailed',
        data: { deviations: expect.arrayContaining([expect.stringContaining('not done')]) },
      });
      given(...decided(events, failRollback))
        .when(failRollback)
        .thenNothing();
    }
    given(...histories.watching())
      .when(failRollback)
      .thenRejected('not-rolling-back');
  });

  it('is not held beyond its deadline', () => {
    const hold: DeploymentCommand = {
      type: 'HoldDeployment',
      code: 'manual',
      why: 'look',
      duty: 'operator',
      step: 'rollback.1',
      winner: null,
      until: at(minutes(600)),
      at: now,
    };
    const held = decided(planned, hold);
    expect(nextAt('rollback', held, now)).toEqual({ kind: 'wait', until: at(minutes(33)) });
    given(...held)
      .when(failRollback)
      .thenTypes('DeploymentReleased', 'RollbackFailed');
    given(...held)
      .when({ type: 'ExpireHold', at: at(minutes(600)) })
      .thenTypes('DeploymentReleased', 'RollbackFailed');
    expect(typesOf(decided(held, trigger))).toEqual(typesOf(held));
  });
});
