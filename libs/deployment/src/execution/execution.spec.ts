import { describe, expect, it } from 'vitest';
import type { Plan, Step } from '@backstay/document';
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
import type { CompleteStep, ResolveStep, StepOutcome } from './commands.ts';

const { given } = specificationOf(deployment);
const now = at(minutes(2));
const manual = { kind: 'manual', duty: { verb: 'confirmed', duty: 'release manager' } } as const;

const point = { target: histories.earlier, configurationDigest: null, schemaVersion: null, backupStep: null };
const begin = (step: string, token = 1): DeploymentCommand => ({
  type: 'BeginStep',
  step,
  token,
  host: 'host-a',
  at: now,
});
const complete = (
  step: string,
  outcome: StepOutcome = { status: 'succeeded' },
  changes: Partial<CompleteStep> = {},
): CompleteStep => ({
  type: 'CompleteStep',
  step,
  attempt: 1,
  outcome,
  token: 1,
  host: 'host-a',
  at: now,
  ...changes,
});
const failed: StepOutcome = { status: 'failed', reason: 'exit code 1' };
const unknown: StepOutcome = { status: 'unknown', reason: 'no exit record and no process' };
const interrupted: StepOutcome = { status: 'interrupted', reason: 'ended from outside' };
const resolve = (step: string, outcome: ResolveStep['outcome']): ResolveStep => ({
  type: 'ResolveStep',
  step,
  outcome,
  by: 'operator',
  reason: 'looked',
  at: now,
});
const trigger: DeploymentCommand = {
  type: 'TriggerRollback',
  trigger: { kind: 'manual', text: 'stop', line: null, by: 'operator' },
  reason: 'stop',
  at: now,
};

/** A plan whose first step is this one. */
const single = (changes: Partial<Step> = {}, others: readonly Step[] = []): Plan =>
  examplePlan({ steps: [exampleStep('deploy.1', changes), ...others] });
const runningSingle = (changes: Partial<Step> = {}, others: readonly Step[] = []) =>
  histories.performing('deploy.1', single(changes, others));
const dataOf = (events: readonly DeploymentEvent[], type: DeploymentEvent['type']) =>
  events.findLast((event) => event.type === type)?.data;

describe('the rollback point', () => {
  it('is captured once, before anything is begun', () => {
    given(...histories.planned())
      .when(begin('pre.1'))
      .thenRejected('no-rollback-point');
    given(...histories.planned())
      .when({ type: 'CaptureRollbackPoint', point })
      .then({ type: 'RollbackPointCaptured', data: point });
    given(...histories.ready())
      .when({ type: 'CaptureRollbackPoint', point })
      .thenNothing();
    expect(nextAt('execution', histories.planned(), now)).toEqual({
      kind: 'effect',
      effect: { kind: 'capture-rollback-point' },
    });
  });
});

describe('the beginning of a step', () => {
  it('is recorded as an intent, once by the same phase', () => {
    given(...histories.ready())
      .when(begin('pre.1'))
      .thenTypes('StepStarted');
    given(...histories.performing('pre.1'))
      .when(begin('pre.1'))
      .thenNothing();
  });

  it('keeps to the order', () => {
    given(...histories.ready())
      .when(begin('deploy.1'))
      .thenRejected('not-next');
    given(...histories.performing('deploy.1'))
      .when(begin('pre.1'))
      .thenRejected('not-next');
  });

  it('is refused with a stale token', () => {
    const taken = decided(histories.performing('deploy.1'), begin('deploy.1', 5));
    given(...taken)
      .when(begin('deploy.1', 4))
      .thenRejected('stale-token');
    given(...taken)
      .when(complete('deploy.1', failed, { token: 4 }))
      .thenRejected('stale-token');
  });

  it('by another process goes on with what can be taken up, and calls unknown what cannot', () => {
    given(...runningSingle())
      .when(begin('deploy.1', 2))
      .thenTypes('StepResumed');
    given(...runningSingle({ effect: 'opaque' }))
      .when(begin('deploy.1', 2))
      .thenTypes('StepUnknown', 'DeploymentHeld');
  });

  it('remembers the token of whoever called it unknown', () => {
    const events = decided(runningSingle({ effect: 'opaque' }), begin('deploy.1', 2), resolve('deploy.1', 'retry'));
    given(...events)
      .when(begin('deploy.1', 1))
      .thenRejected('stale-token');
    given(...events)
      .when(begin('deploy.1', 2))
      .thenTypes('StepStarted');
  });

  it('is refused when the deployment is held, planning or ended', () => {
    given(...histories.claimed())
      .when(begin('pre.1'))
      .thenRejected('not-running');
    given(...histories.succeeded())
      .when(begin('pre.1'))
      .thenRejected('not-running');
    given(...decided(runningSingle(), complete('deploy.1', unknown)))
      .when(begin('deploy.1'))
      .thenRejected('not-running');
  });

  it('of a manual step is a person’s', () => {
    given(...histories.ready(single({ action: manual })))
      .when(begin('deploy.1'))
      .thenRejected('manual');
  });
});

describe('a step that succeeded', () => {
  it('starts the next of the same phase in the same append, once', () => {
    given(...histories.performing('pre.1'))
      .when(complete('pre.1'))
      .thenTypes('StepSucceeded', 'StepStarted');
    given(...decided(histories.performing('pre.1'), complete('pre.1')))
      .when(complete('pre.1'))
      .thenNothing();
  });

  it('closes the execution when it was the last', () => {
    given(...histories.performing('deploy.2'))
      .when(complete('deploy.2'))
      .thenTypes('StepSucceeded', 'ExecutionCompleted');
  });

  it('leaves a step of another craft to whose craft it is', () => {
    const steps = [
      exampleStep('post.1', { mutates: false }),
      exampleStep('post.2', { action: { kind: 'section', section: 'smoke-tests' }, mutates: false }),
    ];
    given(...histories.performing('post.1', examplePlan({ steps })))
      .when(complete('post.1'))
      .thenTypes('StepSucceeded');
  });

  it('does not begin what a person must do', () => {
    given(...runningSingle({}, [exampleStep('deploy.2', { action: manual })]))
      .when(complete('deploy.1'))
      .thenTypes('StepSucceeded');
  });

  it('skips what is nobody’s here, and closes the execution behind it', () => {
    const others = [
      exampleStep('deploy.2', { onlyIn: ['production'] }),
      exampleStep('deploy.3', { action: { kind: 'not-applicable', why: 'no binding' } }),
    ];
    given(...runningSingle({}, others))
      .when(complete('deploy.1'))
      .thenTypes('StepSucceeded', 'StepSkipped', 'StepSkipped', 'ExecutionCompleted');
  });

  it('was begun: an attempt that never was is refused, an earlier one changes nothing', () => {
    given(...histories.ready())
      .when(complete('pre.1'))
      .thenRejected('not-started');
    given(...histories.performing('pre.1'))
      .when(complete('pre.1', undefined, { attempt: 2 }))
      .thenRejected('not-started');
    const retrying = decided(
      runningSingle({ retry: { times: 1, everyMs: 0 } }),
      complete('deploy.1', failed),
      begin('deploy.1'),
    );
    given(...retrying)
      .when(complete('deploy.1'))
      .thenNothing();
  });
});

describe('a step that failed', () => {
  it('is retried as often as the document says, after the pause it says', () => {
    const events = decided(runningSingle({ retry: { times: 1, everyMs: 5000 } }), complete('deploy.1', failed));
    expect(dataOf(events, 'StepFailed')).toMatchObject({ willRetryAt: at(minutes(2) + 5000) });
    expect(nextAt('execution', events, now)).toEqual({ kind: 'wait', until: at(minutes(2) + 5000) });
    expect(nextAt('execution', events, at(minutes(3)))).toMatchObject({
      kind: 'effect',
      effect: {
        kind: 'perform-step',
        attempt: 2,
        resume: false,
      },
    });
    const again = decided(events, begin('deploy.1'));
    given(...again)
      .when(complete('deploy.1', failed, { attempt: 2 }))
      .thenTypes('StepFailed', 'ExecutionFailed', 'RollbackTriggered');
  });

  it('goes on where the document says so', () => {
    given(...runningSingle({ onFailure: 'continue' }))
      .when(complete('deploy.1', failed))
      .thenTypes('StepFailed', 'ExecutionCompleted');
  });

  it('ends the deployment failed before a change', () => {
    given(...runningSingle({ mutates: false }))
      .when(complete('deploy.1', failed))
      .thenTypes('StepFailed', 'ExecutionFailed', 'DeploymentFailed');
  });

  it('halts after a change where the document says stop, or where nothing can be undone', () => {
    given(...runningSingle({ onFailure: 'stop' }))
      .when(complete('deploy.1', failed))
      .thenTypes('StepFailed', 'ExecutionFailed', 'DeploymentHalted');
    given(...runningSingle({ irreversible: true }))
      .when(complete('deploy.1', failed))
      .thenTypes('StepFailed', 'ExecutionFailed', 'DeploymentHalted');
  });

  it('asks whom the document names', () => {
    const events = decided(runningSingle({ onFailure: 'ask:release manager' }), complete('deploy.1', failed));
    expect(dataOf(events, 'DeploymentHeld')).toMatchObject({ code: 'ask', duty: 'release manager', step: 'deploy.1' });
    given(...events)
      .when(resolve('deploy.1', 'failed'))
      .thenTypes('StepResolved', 'DeploymentReleased', 'ExecutionFailed', 'RollbackTriggered');
    given(...events)
      .when(resolve('deploy.1', 'completed'))
      .thenTypes('StepResolved', 'DeploymentReleased', 'ExecutionCompleted');
    given(...events)
      .when(resolve('deploy.1', 'retry'))
      .thenTypes('StepResolved', 'DeploymentReleased');
  });

  it('pulls the document’s own trigger when it ran the smoke tests', () => {
    const events = decided(histories.performing('post.1'), complete('post.1', failed));
    expect(dataOf(events, 'RollbackTriggered')).toMatchObject({
      trigger: { kind: 'smoke-tests', text: 'Smoke tests fail', line: 59 },
    });
  });
});

describe('a step whose end nobody knows', () => {
  const events = decided(runningSingle(), complete('deploy.1', unknown));

  it('is held for a person', () => {
    expect(dataOf(events, 'DeploymentHeld')).toMatchObject({
      code: 'unknown-outcome',
      step: 'deploy.1',
      duty: 'operator',
    });
  });

  it.each(['completed', 'retry'] as const)('is resolved as %s once', (outcome) => {
    const resolved = decided(events, resolve('deploy.1', outcome));
    expect(foldDeployment(resolved).status).toBe(outcome === 'completed' ? 'verifying' : 'executing');
    given(...resolved)
      .when(resolve('deploy.1', outcome))
      .thenNothing();
  });

  it('is resolved as failed by what the document says, once', () => {
    given(...events)
      .when(resolve('deploy.1', 'failed'))
      .thenTypes('StepResolved', 'DeploymentReleased', 'ExecutionFailed', 'RollbackTriggered');
    given(...decided(events, resolve('deploy.1', 'failed')))
      .when(resolve('deploy.1', 'failed'))
      .thenNothing();
    const going = decided(runningSingle({ onFailure: 'continue' }), complete('deploy.1', unknown));
    given(...going)
      .when(resolve('deploy.1', 'failed'))
      .thenTypes('StepResolved', 'DeploymentReleased', 'ExecutionCompleted');
    const stopping = decided(runningSingle({ onFailure: 'stop' }), complete('deploy.1', unknown));
    given(...stopping)
      .when(resolve('deploy.1', 'failed'))
      .thenTypes('StepResolved', 'DeploymentReleased', 'ExecutionFailed', 'DeploymentHalted');
  });

  it('is begun anew, as the next attempt, when a person says so', () => {
    const retried = decided(events, resolve('deploy.1', 'retry'));
    expect(nextAt('execution', retried, now)).toMatchObject({
      kind: 'effect',
      effect: {
        kind: 'perform-step',
        attempt: 2,
        resume: false,
      },
    });
    given(...decided(retried, begin('deploy.1')))
      .when(complete('deploy.1', undefined, { attempt: 2 }))
      .thenTypes('StepSucceeded', 'ExecutionCompleted');
  });

  it('is not resolved by who was not asked', () => {
    given(...events)
      .when(resolve('deploy.2', 'completed'))
      .thenRejected('not-held');
    given(...runningSingle())
      .when(resolve('deploy.1', 'completed'))
      .thenRejected('not-held');
  });
});

describe('a step that was cut off while it is still wanted', () => {
  it('is simply begun anew where that does no harm', () => {
    for (const changes of [
      { effect: 'idempotent' },
      { effect: 'keyed' },
      { mutates: false, effect: 'opaque' },
    ] as const) {
      const events = decided(runningSingle(changes), complete('deploy.1', interrupted));
      expect(nextAt('execution', events, now)).toMatchObject({
        kind: 'effect',
        effect: {
          kind: 'perform-step',
          attempt: 2,
          resume: false,
        },
      });
    }
  });

  it('is held for a person where it may have done half of its work', () => {
    for (const effect of ['reattachable', 'opaque'] as const) {
      const events = decided(runningSingle({ effect }), complete('deploy.1', interrupted));
      given(...runningSingle({ effect }))
        .when(complete('deploy.1', interrupted))
        .thenTypes('StepInterrupted', 'DeploymentHeld');
      given(...events)
        .when(resolve('deploy.1', 'retry'))
        .thenTypes('StepResolved', 'DeploymentReleased');
    }
  });
});

describe('a step that ends after the deployment has moved on', () => {
  it.each([
    [{ status: 'succeeded' }, 'StepSucceeded'],
    [failed, 'StepFailed'],
    [interrupted, 'StepInterrupted'],
    [unknown, 'StepUnknown'],
  ] as const)('only closes its record: %o', (outcome, type) => {
    const triggered = decided(histories.performing('deploy.1'), trigger);
    given(...triggered)
      .when(complete('deploy.1', outcome))
      .thenTypes(type);
    given(...decided(triggered, complete('deploy.1', outcome)))
      .when(complete('deploy.1', outcome))
      .thenNothing();
    const abandoned = decided(histories.performing('pre.1'), { type: 'EndStall', at: at(minutes(60)) });
    given(...abandoned)
      .when(complete('pre.1', outcome))
      .thenTypes(type);
    expect(foldDeployment(decided(abandoned, complete('pre.1', outcome))).status).toBe('abandoned');
  });
});

describe('a manual step', () => {
  const steps = [
    exampleStep('deploy.1'),
    exampleStep('deploy.2', { action: manual, mutates: false }),
    exampleStep('deploy.3', { onlyIn: ['production'] }),
  ];
  const due = decided(histories.performing('deploy.1', examplePlan({ steps })), complete('deploy.1'));
  const hold: DeploymentCommand = {
    type: 'HoldDeployment',
    code: 'manual',
    why: 'confirm',
    duty: 'release manager',
    step: 'deploy.2',
    winner: null,
    until: at(minutes(60)),
    at: now,
  };
  const confirm: DeploymentCommand = {
    type: 'ConfirmStep',
    step: 'deploy.2',
    by: 'release manager',
    reason: 'looked',
    at: now,
  };

  it('is offered to the phase that runs it, which holds the deployment for it', () => {
    expect(nextAt('execution', due, now)).toMatchObject({
      kind: 'effect',
      effect: {
        kind: 'perform-step',
        step: { id: 'deploy.2' },
      },
    });
    given(...due)
      .when(hold)
      .thenTypes('DeploymentHeld');
    given(...decided(due, hold))
      .when(hold)
      .thenNothing();
  });

  it('is recorded whole when it is confirmed, with all that follows, once', () => {
    const held = decided(due, hold);
    given(...held)
      .when(confirm)
      .thenTypes(
        'StepConfirmed',
        'DeploymentReleased',
        'StepStarted',
        'StepSucceeded',
        'StepSkipped',
        'ExecutionCompleted',
      );
    given(...decided(held, confirm))
      .when(confirm)
      .thenNothing();
  });

  it('is confirmed only when it is waited for', () => {
    given(...due)
      .when(confirm)
      .thenRejected('not-held');
    given(...decided(due, hold))
      .when({ ...confirm, step: 'deploy.3' })
      .thenRejected('not-held');
    given(...due)
      .when({ ...confirm, step: 'nowhere.1' })
      .thenRejected('not-held');
  });

  it('alone is confirmed: what a phase did is not taken for a confirmation, whatever is waited for', () => {
    const ofAnother = { ...confirm, step: 'deploy.1' };
    const held = decided(due, hold);
    for (const events of [due, held, decided(held, confirm)])
      given(...events)
        .when(ofAnother)
        .thenRejected('not-manual');
  });
});

describe('a notice', () => {
  const alert: DeploymentCommand = {
    type: 'RaiseAlert',
    alert: 'Error rate > 5%',
    action: 'page',
    breach: breachOf(),
    token: 1,
    at: now,
  };

  it('never makes a running step be given up', () => {
    const events = decided(histories.performing('deploy.2'), alert);
    expect(nextAt('execution', events, now)).toMatchObject({
      kind: 'effect',
      effect: { kind: 'perform-step', resume: true },
    });
    const done = decided(events, complete('deploy.2'));
    expect(nextAt('execution', done, now)).toMatchObject({
      kind: 'effect',
      effect: {
        kind: 'deliver-notice',
        notice: { channel: 'on-call' },
      },
    });
  });
});
