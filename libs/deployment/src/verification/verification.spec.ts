import { describe, expect, it } from 'vitest';
import type { OnFailure, Plan } from '@backstay/document';
import { specificationOf } from '@backstay/event-sourcing/testing';
import { deployment, type DeploymentCommand } from '../deployment.ts';
import {
  at,
  decided,
  examplePlan,
  exampleSmokeTest,
  exampleStep,
  foldDeployment,
  histories,
  minutes,
  passingChecks,
  nextAt,
} from '../testing/index.ts';
import type { CheckResult } from '../values.ts';

const { given } = specificationOf(deployment);
const now = at(minutes(2));

const begin = (token = 1): DeploymentCommand => ({
  type: 'BeginChecks',
  purpose: 'verification',
  token,
  host: 'host-a',
  at: now,
});
const record = (results: readonly CheckResult[] = passingChecks(), token = 1): DeploymentCommand => ({
  type: 'RecordChecks',
  purpose: 'verification',
  token,
  results,
  at: now,
});
const resolve = (outcome: 'completed' | 'failed' | 'retry'): DeploymentCommand => ({
  type: 'ResolveStep',
  step: 'checks',
  outcome,
  by: 'operator',
  reason: 'looked',
  at: now,
});

/** Without a step that runs the flows, so that the closing round does. */
const plain = (changes: Partial<Plan> = {}) => examplePlan({ steps: [exampleStep('deploy.1')], ...changes });
const withPolicy = (onFailure: OnFailure, changes: Partial<Plan> = {}) =>
  plain({ smokeTests: [exampleSmokeTest({ onFailure })], ...changes });
const unwatched = { ...examplePlan().monitoring, source: null };
const [flow, health] = passingChecks() as readonly [CheckResult, CheckResult];
const failed = (result: CheckResult): CheckResult => ({ ...result, passed: false, reason: '500 instead of 200' });

describe('the closing round of checks', () => {
  it('is due when every step after the deployment is done', () => {
    given(...histories.performing('post.1'))
      .when(begin())
      .thenRejected('not-next');
    given(...histories.ready())
      .when(begin())
      .thenRejected('not-next');
    given(...histories.closing())
      .when(begin())
      .thenTypes('ChecksStarted');
  });

  it('runs what no step after the deployment ran', () => {
    const sections = (plan?: Plan) => nextAt('verification', histories.closing(plan), now);
    expect(sections()).toMatchObject({ kind: 'effect', effect: { kind: 'run-checks', sections: ['health-checks'] } });
    expect(sections(plain())).toMatchObject({
      kind: 'effect',
      effect: { kind: 'run-checks', sections: ['smoke-tests', 'health-checks'] },
    });
    const before = exampleStep('pre.1', { action: { kind: 'section', section: 'smoke-tests' }, mutates: false });
    expect(sections(plain({ steps: [before, exampleStep('deploy.1')] }))).toMatchObject({
      kind: 'effect',
      effect: {
        sections: ['smoke-tests', 'health-checks'],
      },
    });
  });

  it('begins once for the same phase, and again for the next', () => {
    const begun = decided(histories.closing(), begin());
    given(...begun)
      .when(begin())
      .thenNothing();
    given(...begun)
      .when(begin(2))
      .thenTypes('ChecksStarted');
  });

  it('refuses a stale token', () => {
    const begun = decided(histories.closing(), begin(3));
    given(...begun)
      .when(begin(2))
      .thenRejected('stale-token');
    given(...begun)
      .when(record(passingChecks(), 2))
      .thenRejected('stale-token');
  });

  it('passes with every check, once', () => {
    given(...histories.closing(plain()))
      .when(record())
      .thenTypes('SmokeTestPassed', 'HealthCheckPassed', 'VerificationPassed');
    given(...histories.verified())
      .when(record())
      .thenNothing();
  });

  it('is the success of what is not watched', () => {
    const events = histories.closing(plain({ monitoring: unwatched }));
    given(...events)
      .when(record())
      .thenTypes('SmokeTestPassed', 'HealthCheckPassed', 'VerificationPassed', 'DeploymentSucceeded');
    given(...decided(events, record()))
      .when(record())
      .thenNothing();
    expect(foldDeployment(decided(events, record()))).toMatchObject({ verifiedGood: { version: '1.1.0' } });
  });

  it('of a document that checks nothing passes, and does not call the version good', () => {
    const events = decided(
      histories.closing(plain({ monitoring: unwatched, smokeTests: [], healthChecks: [] })),
      record([]),
    );
    expect(foldDeployment(events)).toMatchObject({
      status: 'succeeded',
      running: { version: '1.1.0' },
      verifiedGood: { version: '1.0.0' },
    });
  });
});

describe('a round that did not pass', () => {
  it.each([
    ['nothing', []],
    ['no flow', [health]],
    ['no health check', [flow]],
  ])('with %s among its results is not a pass', (_what, results) => {
    expect(foldDeployment(decided(histories.closing(plain()), record(results))).status).toBe('rolling-back');
  });

  it('is rolled back, with the document’s own trigger where it has one, once', () => {
    const events = decided(histories.closing(plain()), record([failed(flow), health]));
    expect(events.slice(-4).map(({ type }) => type)).toEqual([
      'SmokeTestFailed',
      'HealthCheckPassed',
      'VerificationFailed',
      'RollbackTriggered',
    ]);
    expect(events.at(-1)?.data).toMatchObject({
      trigger: { kind: 'smoke-tests', line: 59 },
      reason: 'Data Retrieval: 500 instead of 200',
    });
    given(...events)
      .when(record([failed(flow), health]))
      .thenNothing();
    given(...events)
      .when(record())
      .thenNothing();
  });

  it('goes on where the document says so', () => {
    given(...histories.closing(withPolicy('continue')))
      .when(record([failed(flow), health]))
      .thenTypes('SmokeTestFailed', 'HealthCheckPassed', 'VerificationPassed');
  });

  it('halts where the document says stop or nothing can be undone, and keeps to stop when the round ended early', () => {
    given(...histories.closing(withPolicy('stop')))
      .when(record([failed(flow)]))
      .thenTypes('SmokeTestFailed', 'VerificationFailed', 'DeploymentHalted');
    const steps = [exampleStep('deploy.1', { irreversible: true })];
    given(...histories.closing(plain({ steps })))
      .when(record([flow, failed(health)]))
      .thenTypes('SmokeTestPassed', 'HealthCheckFailed', 'VerificationFailed', 'DeploymentHalted');
  });

  it('takes the strictest of what the document says', () => {
    given(...histories.closing(withPolicy('continue')))
      .when(record([failed(flow), failed(health)]))
      .thenTypes('SmokeTestFailed', 'HealthCheckFailed', 'VerificationFailed', 'RollbackTriggered');
  });

  it.each(['rollback', 'stop'] as const)('fails a deployment that changed nothing: %s', (onFailure) => {
    const steps = [exampleStep('deploy.1', { mutates: false })];
    expect(
      foldDeployment(decided(histories.closing(withPolicy(onFailure, { steps })), record([failed(flow), health])))
        .status,
    ).toBe('failed');
  });
});

describe('a round that asks', () => {
  const asked = decided(histories.closing(withPolicy('ask:release manager')), begin(), record([failed(flow), health]));

  it('is held for the duty, and a late result changes nothing', () => {
    expect(foldDeployment(asked)).toMatchObject({
      status: 'held',
      hold: { code: 'ask', duty: 'release manager', step: 'checks' },
    });
    given(...asked)
      .when(record())
      .thenNothing();
  });

  it('is taken as good, as failed, or run again', () => {
    given(...asked)
      .when(resolve('completed'))
      .thenTypes('StepResolved', 'DeploymentReleased', 'VerificationPassed');
    given(...asked)
      .when(resolve('failed'))
      .thenTypes('StepResolved', 'DeploymentReleased', 'RollbackTriggered');
    const again = decided(asked, resolve('retry'));
    expect(nextAt('verification', again, now)).toMatchObject({ kind: 'effect', effect: { kind: 'run-checks' } });
    given(...again)
      .when(begin())
      .thenTypes('ChecksStarted');
    for (const outcome of ['completed', 'failed', 'retry'] as const)
      given(...decided(asked, resolve(outcome)))
        .when(resolve(outcome))
        .thenRejected('not-held');
  });
});

describe('the preflight of verification', () => {
  it('is probed once', () => {
    expect(nextAt('verification', histories.claimed(), now)).toEqual({
      kind: 'effect',
      effect: {
        kind: 'probe-preflight',
        phase: 'verification',
      },
    });
    const reported = decided(histories.claimed(), {
      type: 'ReportPreflight',
      phase: 'verification',
      findings: [],
      at: now,
    });
    expect(nextAt('verification', reported, now)).toEqual({ kind: 'idle' });
  });
});
