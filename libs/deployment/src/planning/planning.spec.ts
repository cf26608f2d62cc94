import { describe, expect, it } from 'vitest';
import { specificationOf } from '@backstay/event-sourcing/testing';
import { deployment, type DeploymentCommand } from '../deployment.ts';
import {
  at,
  decided,
  examplePlan,
  exampleRequested,
  foldDeployment,
  histories,
  minutes,
  nextAt,
} from '../testing/index.ts';
import { deploymentWorkflow } from '../workflow.ts';
import type { Finding } from '../values.ts';

const { given } = specificationOf(deployment);
const now = at(minutes(1));
const plan = examplePlan();

const draft: DeploymentCommand = {
  type: 'DraftPlan',
  plan,
  digest: 'sha256:plan',
  commit: null,
  warnings: [],
  inherited: null,
};
const clear: DeploymentCommand = { type: 'ClearBlockers', satisfied: [], at: now };
const claim = {
  claim: { stream: 'environment-notes.staging', version: 1 },
  running: histories.earlier,
  verifiedGood: null,
  quarantined: [],
};
const requestPreflight: DeploymentCommand = { type: 'RequestPreflight', ...claim, at: now };
const report = (
  phase: 'execution' | 'verification' | 'monitoring',
  findings: readonly Finding[] = [],
): DeploymentCommand => ({
  type: 'ReportPreflight',
  phase,
  findings,
  at: now,
});
const hold = (changes: Partial<Extract<DeploymentCommand, { type: 'HoldDeployment' }>> = {}): DeploymentCommand => ({
  type: 'HoldDeployment',
  code: 'environment-held',
  why: 'd-0 holds it',
  duty: null,
  step: null,
  winner: 'd-0',
  until: at(minutes(60)),
  at: now,
  ...changes,
});
const cleared = decided(histories.drafted(), clear);
const held = decided(cleared, hold());
const cancel: DeploymentCommand = { type: 'CancelDeployment', reason: 'not today', by: 'operator', at: now };

describe('a request', () => {
  const request = exampleRequested();

  it('begins a deployment', () => {
    given().when(request).thenTypes('DeploymentRequested');
  });

  it('changes nothing when it comes twice', () => {
    given(...histories.requested())
      .when(request)
      .thenNothing();
    given(...histories.succeeded())
      .when(request)
      .thenNothing();
  });

  it('with the same identity and another body is a conflicting duplicate', () => {
    const other = exampleRequested({ origin: { ...request.origin, bodyDigest: 'sha256:other' } });
    given(...histories.requested())
      .when(other)
      .thenRejected('conflicting-duplicate');
  });

  describe('that is not valid', () => {
    const problems = [
      { line: 1, column: 1, severity: 'error' as const, code: 'invalid_type', message: '/rehearse: no' },
    ];
    const invalid = exampleRequested({ problems });
    const events = decided([], invalid);

    it('is recorded and rejected in one append', () => {
      given().when(invalid).thenTypes('DeploymentRequested', 'DeploymentRejected');
      given(...events)
        .when(invalid)
        .thenNothing();
    });

    it('has no version at which it stands accepted', () => {
      const versions = [foldDeployment(events.slice(0, 1)), foldDeployment(events)];
      expect(versions).toMatchObject([{ status: 'rejected' }, { status: 'rejected', reason: '/rehearse: no' }]);
      expect(nextAt('planning', events.slice(0, 1), now)).toEqual(nextAt('planning', events, now));
    });
  });

  it('comes before everything else', () => {
    given().when(draft).thenRejected('not-planning');
    given().when(cancel).thenRejected('not-requested');
  });
});

describe('a plan', () => {
  it('is drafted once', () => {
    given(...histories.requested())
      .when(draft)
      .thenTypes('PlanDrafted');
    given(...histories.drafted())
      .when(draft)
      .thenNothing();
  });

  it('is rejected with every problem, once', () => {
    const problems = [{ line: 3, column: 1, severity: 'error' as const, code: 'unknown-step', message: 'no meaning' }];
    const reject: DeploymentCommand = { type: 'RejectDeployment', because: 'document', problems, at: now };
    given(...histories.requested())
      .when(reject)
      .then({ type: 'DeploymentRejected', data: { because: 'document', problems, at: now } });
    given(...held)
      .when(reject)
      .thenTypes('DeploymentReleased', 'DeploymentRejected');
    given(...decided(histories.requested(), reject))
      .when(reject)
      .thenNothing();
    given(...histories.ready())
      .when(reject)
      .thenRejected('not-planning');
  });

  it('is looked at for what blocks it, once, before the environment is claimed', () => {
    given(...histories.requested())
      .when(clear)
      .thenRejected('not-drafted');
    given(...histories.drafted())
      .when(requestPreflight)
      .thenRejected('not-cleared');
    given(...histories.drafted())
      .when(clear)
      .thenTypes('BlockersCleared');
    given(...cleared)
      .when(clear)
      .thenNothing();
    const blocked = decided(histories.drafted(), hold({ code: 'blocked-by', winner: null }));
    given(...blocked)
      .when(clear)
      .thenTypes('DeploymentReleased', 'BlockersCleared');
  });

  it('reports anew when what blocks it has changed, gains no time by it, and reports the same once', () => {
    const until = at(minutes(60));
    const because = (why: string, deadline: string) => hold({ code: 'blocked-by', winner: null, why, until: deadline });
    const first = because('waits for b', until);
    const other = because('waits for b; a cycle', at(minutes(90)));
    const blocked = decided(histories.drafted(), first);
    given(...blocked)
      .when(first)
      .thenNothing();
    given(...blocked)
      .when(other)
      .thenTypes('DeploymentReleased', 'DeploymentHeld');
    expect(foldDeployment(decided(blocked, other))).toMatchObject({ hold: { why: 'waits for b; a cycle', until } });
  });

  it('waits for its window before it claims the environment, and never after', () => {
    const closed = hold({ code: 'outside-window', winner: null, why: 'waits for its window' });
    const waiting = decided(cleared, closed);
    given(...cleared)
      .when(closed)
      .thenTypes('DeploymentHeld');
    given(...waiting)
      .when(closed)
      .thenNothing();
    given(...waiting)
      .when(requestPreflight)
      .thenTypes('DeploymentReleased', 'PreflightRequested');
    given(...decided(cleared, requestPreflight))
      .when(closed)
      .thenRejected('nothing-to-wait-for');
  });
});

describe('the preflight', () => {
  it('is asked for once the environment is claimed, and once', () => {
    given(...cleared)
      .when(requestPreflight)
      .thenTypes('PreflightRequested');
    given(...held)
      .when(requestPreflight)
      .thenTypes('DeploymentReleased', 'PreflightRequested');
    given(...histories.claimed())
      .when(requestPreflight)
      .thenNothing();
    given(...histories.requested())
      .when(requestPreflight)
      .thenRejected('not-drafted');
  });

  it('takes each report once, and plans with the last of them', () => {
    given(...cleared)
      .when(report('execution'))
      .thenRejected('not-asked');
    given(...histories.claimed())
      .when(report('execution'))
      .thenTypes('PreflightReported');
    const two = decided(histories.claimed(), report('execution'), report('monitoring'));
    given(...two)
      .when(report('execution'))
      .thenNothing();
    given(...two)
      .when(report('verification'))
      .thenTypes('PreflightReported', 'DeploymentPlanned');
    given(...histories.planned())
      .when(report('verification'))
      .thenNothing();
  });

  it('reports all findings that block at once, and touches nothing', () => {
    const finding = (subject: string, blocking: boolean): Finding => ({
      code: 'missing',
      subject,
      ok: false,
      blocking,
      message: 'is missing',
      line: 7,
    });
    const events = decided(
      histories.claimed(),
      report('execution', [finding('DATABASE_URL', true), finding('CDN', false)]),
      report('monitoring'),
    );
    given(...events)
      .when(report('verification', [finding('API_KEY', true)]))
      .thenTypes('PreflightReported', 'DeploymentRejected');
    const rejected = decided(events, report('verification', [finding('API_KEY', true)])).at(-1);
    expect(rejected?.data).toMatchObject({
      problems: [{ message: 'DATABASE_URL: is missing', line: 7 }, { message: 'API_KEY: is missing' }],
    });
  });

  it('records the baseline beside the report that brings it', () => {
    const baseline = { metrics: [], from: null, to: null, overMs: 0, skipped: 'first deployment', at: now };
    given(...histories.claimed())
      .when({ type: 'ReportPreflight', phase: 'monitoring', findings: [], baseline, at: now })
      .thenTypes('BaselineRecorded', 'PreflightReported');
  });

  it('of a rollback of nothing that is recorded is refused', () => {
    const events = decided(
      decided([], exampleRequested({ kind: 'rollback', of: 'd-0' })),
      draft,
      clear,
      requestPreflight,
      report('execution'),
      report('monitoring'),
    );
    given(...events)
      .when(report('verification'))
      .thenTypes('PreflightReported', 'DeploymentRejected');
  });
});

describe('a hold', () => {
  it('is reported once for the same reason, and again for another', () => {
    given(...cleared)
      .when(hold())
      .thenTypes('DeploymentHeld');
    given(...held)
      .when(hold())
      .thenNothing();
    given(...held)
      .when(hold({ winner: 'd-9' }))
      .thenTypes('DeploymentReleased', 'DeploymentHeld');
  });

  it('that comes late is refused: what it wanted to wait for is behind it', () => {
    given(...histories.claimed())
      .when(hold())
      .thenRejected('nothing-to-wait-for');
    given(...histories.ready())
      .when(hold())
      .thenRejected('nothing-to-wait-for');
    given(...histories.succeeded())
      .when(hold())
      .thenRejected('ended');
    given(...cleared)
      .when(hold({ code: 'manual', step: 'pre.1' }))
      .thenRejected('nothing-to-wait-for');
    given(...histories.ready())
      .when(hold({ code: 'manual', step: 'deploy.2' }))
      .thenRejected('not-next');
    given(...histories.performing('pre.1'))
      .when(hold({ code: 'manual', step: 'pre.1' }))
      .thenRejected('step-open');
  });

  describe('because of a fault of the platform', () => {
    const fault = (changes = {}) =>
      hold({ code: 'platform-fault', winner: null, why: 'the disk is gone', until: at(minutes(1)), ...changes });
    const expire: DeploymentCommand = { type: 'ExpireHold', at: at(minutes(1)) };

    it('comes over a deployment in any phase, also while a step runs, and is said once', () => {
      for (const history of [histories.requested(), cleared, histories.ready(), histories.performing('pre.1')])
        given(...history)
          .when(fault())
          .thenTypes('DeploymentHeld');
      given(...decided(histories.ready(), fault()))
        .when(fault({ why: 'the disk is gone, again' }))
        .thenNothing();
    });

    it('never comes over a rollback, which its own deadline bounds, nor over one that is held for something else', () => {
      given(...histories.rollingBack())
        .when(fault())
        .thenNothing();
      given(...held)
        .when(fault())
        .thenNothing();
    });

    it('lets nobody act until it is over, and then it is tried again where it stood', () => {
      for (const [history, phase] of [
        [histories.requested(), 'planning'],
        [histories.ready(), 'execution'],
      ] as const) {
        const faulted = decided(history, fault());
        expect(deploymentWorkflow.next('planning', foldDeployment(faulted), at(0))).toEqual({
          kind: 'wait',
          until: at(minutes(1)),
        });
        expect(deploymentWorkflow.next('execution', foldDeployment(faulted), at(0)).kind).toBe('idle');
        expect(decided(faulted, expire).at(-1)?.type).toBe('DeploymentReleased');
        expect(deploymentWorkflow.next(phase, foldDeployment(decided(faulted, expire)), at(minutes(1)))).toEqual(
          deploymentWorkflow.next(phase, foldDeployment(history), at(minutes(1))),
        );
      }
    });

    it('lets a step that runs go on to its end, after which no other begins', () => {
      const faulted = decided(histories.performing('deploy.1'), fault());
      const performs = { kind: 'effect', effect: { kind: 'perform-step', step: { id: 'deploy.1' }, resume: true } };
      expect(deploymentWorkflow.next('execution', foldDeployment(faulted), at(0))).toMatchObject(performs);
      const done = { type: 'CompleteStep', step: 'deploy.1', attempt: 1, outcome: { status: 'succeeded' } } as const;
      const ended = decided(faulted, { ...done, token: 1, host: 'host-a', at: at(1) });
      expect(ended.slice(faulted.length).map(({ type }) => type)).toEqual(['StepSucceeded']);
      expect(deploymentWorkflow.next('execution', foldDeployment(ended), at(1)).kind).toBe('idle');
      const released = decided(ended, expire);
      const follows = { effect: { kind: 'perform-step', step: { id: 'deploy.2' }, resume: false } };
      expect(deploymentWorkflow.next('execution', foldDeployment(released), at(minutes(1)))).toMatchObject(follows);
    });
  });

  it('ends by itself when it is tried again, and fails at its deadline', () => {
    const state = foldDeployment(held);
    expect(deploymentWorkflow.next('planning', state, now)).toEqual({
      kind: 'effect',
      effect: { kind: 'claim-environment' },
      reviewAt: at(minutes(60)),
    });
    expect(deploymentWorkflow.next('planning', state, at(minutes(60)))).toEqual({
      kind: 'effect',
      effect: { kind: 'expire-hold' },
    });
    given(...held)
      .when({ type: 'ExpireHold', at: now })
      .thenNothing();
    const expire: DeploymentCommand = { type: 'ExpireHold', at: at(minutes(60)) };
    given(...held)
      .when(expire)
      .thenTypes('DeploymentReleased', 'DeploymentFailed');
    given(...decided(held, expire))
      .when(expire)
      .thenNothing();
  });
});

describe('the ends that a person or another deployment brings', () => {
  it('cancels what has changed nothing, once', () => {
    for (const events of [histories.requested(), histories.claimed(), held, histories.performing('pre.1')]) {
      given(...events)
        .when(cancel)
        .thenTypes('DeploymentCancelled');
      given(...decided(events, cancel))
        .when(cancel)
        .thenNothing();
    }
  });

  it('rolls back what has changed something, once', () => {
    given(...histories.performing('deploy.1'))
      .when(cancel)
      .thenTypes('RollbackTriggered');
    given(...histories.rollingBack())
      .when(cancel)
      .thenNothing();
    given(...histories.succeeded())
      .when(cancel)
      .thenRejected('ended');
  });

  it('supersedes only who holds no environment, once', () => {
    const supersede: DeploymentCommand = {
      type: 'SupersedeDeployment',
      by: 'd-2',
      reason: 'a later version came',
      at: now,
    };
    given(...held)
      .when(supersede)
      .thenTypes('DeploymentSuperseded');
    given(...decided(held, supersede))
      .when(supersede)
      .thenNothing();
    given(...histories.claimed())
      .when(supersede)
      .thenRejected('already-claimed');
    given(...histories.ready())
      .when(supersede)
      .thenRejected('not-planning');
  });
});

describe('the environment of an ended deployment', () => {
  const release: DeploymentCommand = { type: 'ReleaseEnvironment', stream: 'environment-notes.staging', version: 2 };

  it('is released once, and only after the end', () => {
    given(...histories.watching())
      .when(release)
      .thenRejected('not-ended');
    given(...histories.succeeded())
      .when(release)
      .thenTypes('EnvironmentReleased');
    given(...decided(histories.succeeded(), release))
      .when(release)
      .thenNothing();
  });

  it('is settled also when the end came before the claim was heard of', () => {
    expect(nextAt('planning', decided(cleared, cancel), now)).toEqual({
      kind: 'effect',
      effect: { kind: 'settle-environment' },
    });
    expect(nextAt('planning', decided(histories.requested(), cancel), now)).toEqual({ kind: 'complete' });
  });

  it('is not let go while a step may still act', () => {
    const events = decided(histories.performing('pre.1'), cancel);
    expect(nextAt('planning', events, now)).toEqual({ kind: 'idle' });
    expect(nextAt('execution', events, now)).toEqual({
      kind: 'effect',
      effect: {
        kind: 'interrupt-step',
        step: 'pre.1',
        attempt: 1,
      },
    });
  });
});

describe('a line that rests on a person’s confirmation', () => {
  const confirm = (line: number): DeploymentCommand => ({
    type: 'ConfirmCriterion',
    line,
    by: 'operator',
    reason: 'read them',
    at: now,
  });

  it('is confirmed once, be it a criterion, a document or what blocks', () => {
    const duty = { kind: 'manual' as const, duty: { verb: 'confirmed' as const, duty: 'operator' } };
    const blocked = histories.drafted(
      examplePlan({ blockedBy: [{ text: '#1234', rule: duty, source: { line: 125 } }] }),
    );
    for (const line of [120, 125, 131]) {
      given(...blocked)
        .when(confirm(line))
        .thenTypes('CriterionConfirmed');
      given(...decided(blocked, confirm(line)))
        .when(confirm(line))
        .thenNothing();
    }
  });

  it('is not one that is computed, and not one that is not there', () => {
    given(...histories.succeeded())
      .when(confirm(130))
      .thenRejected('no-such-criterion');
    given(...histories.succeeded())
      .when(confirm(7))
      .thenRejected('no-such-criterion');
  });

  it('stays confirmed when it was confirmed during a hold', () => {
    const events = decided(held, confirm(131), requestPreflight);
    given(...events)
      .when(confirm(131))
      .thenNothing();
    given(...decided(held, confirm(131), cancel))
      .when(confirm(131))
      .thenNothing();
  });
});
