import { describe, expect, it } from 'vitest';
import { isEnded, type EvidenceReading } from '@backstay/deployment';
import { passingReading, fullWatch } from '@backstay/deployment/testing';
import type { Criterion, Plan } from '@backstay/document';
import type { DeploymentRecord } from '../events.ts';
import { knownAt, procedureEntryOf, type ProcedureEntry } from '../procedure-history.ts';
import * as given from '../testing/index.ts';
import { examplePlan, exampleStep, goodSteps } from '../testing/index.ts';
import { acceptanceCriteria, type CriterionView } from './index.ts';

type Kind = Criterion['rule']['kind'];
const now = given.secondsIn(3_600);

interface Known {
  readonly history?: readonly ProcedureEntry[];
  readonly plan?: Plan;
  readonly measured?: Parameters<typeof acceptanceCriteria>[3];
}

/** The verdict on the criterion of this kind. */
function verdictOn(
  kind: Kind,
  events: readonly DeploymentRecord[],
  { history = [], plan = examplePlan(), measured }: Known = {},
): CriterionView {
  const { line } = plan.acceptanceCriteria.find(({ rule }) => rule.kind === kind)!;
  return acceptanceCriteria(events, history, now, measured).criteria.find((each) => each.line === line)!;
}

const entry = (override: Partial<ProcedureEntry> = {}): ProcedureEntry => ({
  ...procedureEntryOf(given.success({ id: 'd0' }).events)!,
  environment: 'staging',
  ...override,
});

const evidence = (override: Record<string, unknown>) => ({
  ...goodSteps,
  'pre.1': { result: { evidence: { ...(goodSteps['pre.1']?.result?.['evidence'] as object), ...override } } },
});

const withoutSteps = examplePlan({ steps: examplePlan().steps.filter(({ stage }) => stage === 'deploy') });

describe('acceptance criteria', () => {
  it('are those of the plan, each with text, line, verdict, reason and evidence from the stream', () => {
    const { events } = given.success();
    const ids = events.map(({ id }) => id);
    const { criteria } = acceptanceCriteria(events, [], now);
    expect(criteria.map(({ text, line }) => ({ text, line }))).toEqual(
      given.exampleCriteria.map(({ text, line }) => ({ text, line })),
    );
    for (const { reason, evidence: found } of criteria) {
      expect(reason).not.toBe('');
      expect(ids).toEqual(expect.arrayContaining(found.map(({ eventId }) => eventId)));
    }
  });

  it('of a rollback that do not concern it are neither met nor unmet, and say whose they are', () => {
    const { state } = given.success({ id: 'd0' });
    if (!isEnded(state) || state.rollbackPoint === null) throw new Error('the example ended otherwise');
    const inherited = { deployment: 'd0', rollbackPoint: state.rollbackPoint, steps: state.steps };
    // The preflight of a rollback looks at no dashboard.
    const scenario = given.planned({ kind: 'rollback', inherited, findings: [] });
    for (const events of [scenario.events, given.restored(scenario).events]) {
      const { criteria } = acceptanceCriteria(events, [], now);
      expect(criteria.filter(({ verdict }) => verdict === 'unmet' || verdict === 'waiting')).toEqual([]);
      expect(criteria.find(({ verdict }) => verdict === 'unknown')?.reason).toContain(
        'not applicable to a rollback, which deploys and proves nothing new; what was proven of it stands in the criteria of deployment d0',
      );
    }
  });

  it('are none while there is no plan', () => {
    expect(acceptanceCriteria(given.rejected().events, [], now)).toEqual({ criteria: [], overrides: [] });
  });

  it('wait, or say what no step will ever prove, as soon as the plan is there', () => {
    const { criteria } = acceptanceCriteria(given.drafted().events, [], now);
    expect(criteria.map(({ verdict }) => verdict)).not.toContain('met');
    expect(verdictOn('executed', given.drafted().events).verdict).toBe('waiting');
    expect(verdictOn('scans-passed', given.drafted().events)).toMatchObject({
      verdict: 'unmet',
      reason: 'no step of the document reads security scans',
    });
  });
});

describe('All integration tests passed', () => {
  it.each([
    ['met', { verdict: 'pass' }, '12 tests, 0 failures'],
    ['unmet', { verdict: 'fail', summary: '2 of 12 tests failed' }, '2 of 12 tests failed'],
    ['unknown', { verdict: 'no-data', summary: 'reports/junit.xml is missing' }, 'reports/junit.xml is missing'],
    ['unknown', { verdict: 'error', summary: 'not XML' }, 'not XML'],
    [
      'unmet',
      { verdict: 'pass', attested: false },
      'unattested: nothing ties the report to the deployed commit, and production asks for that; bring it with the request: --evidence kind=',
    ],
  ])('is %s by %j', (verdict, override, reason) => {
    const found = verdictOn('tests-passed', given.executed({}, evidence(override)).events);
    expect(found.verdict).toBe(verdict);
    expect(found.reason).toContain(reason);
    expect(found.evidence).toHaveLength(1);
  });

  it('is met by an unattested report where the environment accepts that', () => {
    const plan = examplePlan({ acceptsUnattested: true });
    expect(
      verdictOn('tests-passed', given.executed({ plan }, evidence({ attested: false })).events, { plan }).verdict,
    ).toBe('met');
  });

  it('asks nothing of a step of another environment', () => {
    const [first, ...others] = examplePlan().steps;
    const read = (onlyIn: string[]) => ({ ...first!, id: `pre.${onlyIn[0] === 'staging' ? 0 : 1}`, onlyIn });
    const both = examplePlan({ steps: [read(['staging']), read(['production']), ...others] });
    expect(verdictOn('tests-passed', given.executed({ plan: both }).events, { plan: both }).verdict).toBe('met');
    const none = examplePlan({ steps: [read(['staging']), ...others] });
    expect(verdictOn('tests-passed', given.drafted({ plan: none }).events, { plan: none })).toMatchObject({
      verdict: 'unmet',
      reason: 'no step of the document reads integration test reports',
    });
  });

  it('waits while the step is tried again, and is what the last try found', () => {
    const [first, ...others] = examplePlan().steps;
    const plan = examplePlan({ steps: [{ ...first!, retry: { times: 1, everyMs: 1_000 } }, ...others] });
    const bad = { verdict: 'fail', attested: true, summary: '2 of 12 tests failed' };
    const failing = { outcome: { status: 'failed', reason: bad.summary }, result: { evidence: bad } } as const;
    const scenario = given.ready({ plan }).performOne('pre.1', failing);
    expect(verdictOn('tests-passed', scenario.events, { plan }).verdict).toBe('waiting');
    scenario.later(1).performOne('pre.1', goodSteps['pre.1']);
    expect(verdictOn('tests-passed', scenario.events, { plan }).verdict).toBe('met');
  });

  it('is unknown when the step recorded no evidence', () => {
    expect(verdictOn('tests-passed', given.executed({}, {}).events)).toMatchObject({
      verdict: 'unknown',
      reason: 'step pre.1 recorded no evidence of integration test reports',
    });
  });

  it('waits for the step, and is unmet when the end came first', () => {
    expect(verdictOn('tests-passed', given.planned().events).verdict).toBe('waiting');
    expect(verdictOn('tests-passed', given.cancelled().events)).toMatchObject({
      verdict: 'unmet',
      reason: expect.stringContaining('never read it'),
    });
  });
});

describe('Deployment procedure validated in staging', () => {
  const { events } = given.success();

  it.each([
    ['met', entry()],
    ['unmet', entry({ outcome: 'rolled-back-verified' })],
    ['unmet', entry({ procedureDigest: 'sha256:another' })],
    ['unmet', entry({ version: '1.1.9' })],
    ['unmet', entry({ environment: 'development' })],
    ['unmet', entry({ service: 'another-api' })],
  ])('is %s by %j', (verdict, earlier) => {
    expect(verdictOn('validated-in-staging', events, { history: [earlier] }).verdict).toBe(verdict);
  });

  it('names the deployment that proves it', () => {
    expect(verdictOn('validated-in-staging', events, { history: [entry()] }).evidence).toEqual([
      {
        eventId: entry().eventId,
        summary: expect.stringContaining('deployment d0 of version 1.2.0 in staging: succeeded'),
      },
    ]);
  });

  it('is met no more since a rollback took that deployment back, and was so before', () => {
    const plan = examplePlan({ environment: 'staging' });
    const { state, events: first } = given.success({ id: 'd0', plan });
    if (!isEnded(state) || state.rollbackPoint === null) throw new Error('the example ended otherwise');
    const inherited = { deployment: 'd0', rollbackPoint: state.rollbackPoint, steps: state.steps };
    const back = given.planned({ id: 'd5', kind: 'rollback', of: 'd0', plan, inherited, findings: [], second: 900 });
    const good = procedureEntryOf(first)!;
    const going = procedureEntryOf(back.events)!;
    const done = procedureEntryOf(given.restored(back).events)!;
    const on = (...history: ProcedureEntry[]) => verdictOn('validated-in-staging', events, { history });
    expect(on(good, done)).toMatchObject({
      verdict: 'unmet',
      reason: 'version 1.2.0 is not validated in staging any more: rollback d5 took deployment d0 back',
      evidence: [{ eventId: done.eventId }],
    });
    expect(on(good, going).verdict).toBe('met');
    expect(on(...knownAt([good, done], good.at)).verdict).toBe('met');
    expect(on(good, { ...done, outcome: 'rollback-failed' }).verdict).toBe('met');
    expect(on(good, { ...done, of: 'another' }).verdict).toBe('met');
    expect(on(good, done, { ...good, deployment: 'd6', eventId: 'again' })).toMatchObject({
      verdict: 'met',
      evidence: [{ eventId: 'again' }],
    });
  });

  it('waits for one that goes on there', () => {
    const going = entry({ outcome: null });
    expect(verdictOn('validated-in-staging', given.planned().events, { history: [going] })).toMatchObject({
      verdict: 'waiting',
      reason: 'deployment d0 to staging has not succeeded yet',
    });
    for (const other of [{ kind: 'rehearsal' }, { procedureDigest: 'sha256:another' }] as const)
      expect(
        verdictOn('validated-in-staging', given.planned().events, { history: [{ ...going, ...other }] }).verdict,
      ).toBe('unmet');
  });

  it('waits for this one whatever went wrong there before', () => {
    const plan = examplePlan({ environment: 'staging' });
    const later = entry({ outcome: 'failed', at: given.secondsIn(86_400) });
    expect(verdictOn('validated-in-staging', given.watched({ plan }).events, { plan, history: [later] }).verdict).toBe(
      'waiting',
    );
  });

  it('is met in staging by this deployment itself, when it has succeeded', () => {
    const plan = examplePlan({ environment: 'staging' });
    expect(verdictOn('validated-in-staging', given.watched({ plan }).events, { plan }).verdict).toBe('waiting');
    expect(verdictOn('validated-in-staging', given.success({ plan }).events, { plan }).verdict).toBe('met');
  });
});

describe('Rollback procedure tested successfully', () => {
  const rolledBack = {
    outcome: 'rolled-back-verified',
    verified: true,
    measuredMs: 3_200,
    at: given.secondsIn(-86_400),
  } as const;

  it.each([
    ['met', entry(rolledBack)],
    ['met', entry({ kind: 'rehearsal', verified: true, at: given.secondsIn(-86_400) })],
    ['unmet', entry({ ...rolledBack, outcome: 'rolled-back-unverified', verified: false })],
    ['unmet', entry({ ...rolledBack, procedureDigest: 'sha256:another' })],
    ['unmet', entry({ ...rolledBack, at: given.secondsIn(-31 * 86_400) })],
    ['unmet', entry()],
  ])('is %s by %j', (verdict, earlier) => {
    expect(verdictOn('rollback-tested', given.success().events, { history: [earlier] }).verdict).toBe(verdict);
  });

  it('is met by the verified rollback of this deployment', () => {
    expect(verdictOn('rollback-tested', given.degraded().events).verdict).toBe('waiting');
    expect(verdictOn('rollback-tested', given.rolledBackByErrorRate().events).verdict).toBe('met');
  });

  it.each([
    [119_000, 120_000, 'in 119 s (estimated 2 min)'],
    [121_000, 120_000, 'in 121 s (estimated 2 min, which is too short)'],
    [3_200, null, 'in 3.2 s'],
  ])('reports %i ms beside the estimate of %s ms', (measuredMs, estimatedMs, times) => {
    const history = [entry({ ...rolledBack, measuredMs, estimatedMs })];
    expect(verdictOn('rollback-tested', given.planned().events, { history }).reason).toBe(
      `deployment d0 was rolled back ${times} and verified`,
    );
  });

  it('waits for the end of a rehearsal', () => {
    const plan = examplePlan({ environment: 'staging' });
    expect(verdictOn('rollback-tested', given.watched({ plan, rehearse: true }).events, { plan }).verdict).toBe(
      'waiting',
    );
    expect(verdictOn('rollback-tested', given.rehearsed().events).verdict).toBe('met');
  });

  it('is as old as it was when the deployment ended, whoever asks when', () => {
    const { events } = given.success();
    const { criteria } = acceptanceCriteria(events, [entry(rolledBack)], given.secondsIn(90 * 86_400));
    expect(criteria.find(({ text }) => text.startsWith('Rollback'))?.verdict).toBe('met');
    const open = acceptanceCriteria(given.watched().events, [entry(rolledBack)], given.secondsIn(90 * 86_400));
    expect(open.criteria.find(({ text }) => text.startsWith('Rollback'))?.verdict).toBe('unmet');
  });

  it('is met by a rehearsal of the same procedure in staging, with measured and estimated time', () => {
    const rehearsal = procedureEntryOf(given.rehearsed({ id: 'd0' }).events)!;
    const { verdict, reason } = verdictOn('rollback-tested', given.planned().events, { history: [rehearsal] });
    expect(verdict).toBe('met');
    expect(reason).toMatch(/^rehearsal d0 was rolled back in .+ \(estimated .+\) and verified$/);
  });
});

describe('Smoke tests defined and tested', () => {
  it.each([
    ['met', entry()],
    ['met', entry({ environment: 'development' })],
    ['met', entry({ environment: 'production', kind: 'rehearsal' })],
    ['unmet', entry({ environment: 'production' })],
    ['unmet', entry({ environment: 'qa' })],
    ['unmet', entry({ smokeTestsPassed: 0 })],
    ['unmet', entry({ smokeTestsFailed: 1 })],
  ])('is %s by %j', (verdict, earlier) => {
    expect(verdictOn('smoke-tests-tested', given.success().events, { history: [earlier] }).verdict).toBe(verdict);
  });

  it('goes by the order of the profile', () => {
    const of = (environment: string, earlierEnvironments: readonly string[]) => {
      const plan = examplePlan({ earlierEnvironments: [...earlierEnvironments] });
      return verdictOn('smoke-tests-tested', given.planned({ plan }).events, {
        plan,
        history: [entry({ environment })],
      }).verdict;
    };
    expect(of('qa', ['staging', 'qa'])).toBe('met');
    expect(of('development', ['staging', 'qa'])).toBe('unmet');
  });

  it('waits for flows that go on', () => {
    const going = entry({ outcome: null, smokeTestsPassed: 0 });
    expect(verdictOn('smoke-tests-tested', given.planned().events, { history: [going] }).verdict).toBe('waiting');
    const failing = { ...going, smokeTestsFailed: 1 };
    expect(verdictOn('smoke-tests-tested', given.planned().events, { history: [failing] }).verdict).toBe('unmet');
  });

  it('is unmet without a critical flow', () => {
    const plan = examplePlan({ smokeTests: [] });
    expect(verdictOn('smoke-tests-tested', given.drafted({ plan }).events, { plan, history: [entry()] }).reason).toBe(
      'the document has no critical user flow',
    );
  });
});

describe('Monitoring dashboards configured', () => {
  const [dashboard, metric] = given.goodFindings;
  it.each([
    ['met', [dashboard!, metric!], 'responded'],
    ['unmet', [metric!], 'http://127.0.0.1:7300/d/orders-api: not looked at during preflight'],
    ['unmet', [dashboard!], 'error rate: not looked at during preflight'],
    ['unmet', [dashboard!, { ...metric!, ok: false, message: 'has no data' }], 'error rate: has no data'],
    ['unmet', [dashboard!, { ...metric!, subject: 'CPU' }], 'error rate: not looked at during preflight'],
  ])('is %s by %j', (verdict, findings, reason) => {
    const found = verdictOn('dashboards-configured', given.planned({ findings }).events);
    expect(found).toMatchObject({ verdict, reason: expect.stringContaining(reason) });
  });

  const look = exampleStep(
    'post.1',
    'Verify monitoring dashboards',
    { kind: 'section', section: 'dashboards' },
    { onFailure: 'continue' },
  );
  const plan = examplePlan({ steps: [...examplePlan().steps.slice(0, 4), look] });
  const nothingRuns = [dashboard!, { ...metric!, ok: false, blocking: false, message: 'nothing runs yet' }];

  it('is met where nothing ran during preflight by the step that verified them, and waits for it', () => {
    const before = given.planned({ plan, findings: nothingRuns });
    expect(verdictOn('dashboards-configured', before.events, { plan })).toMatchObject({
      verdict: 'waiting',
      reason: 'step post.1 (Verify monitoring dashboards) has not looked yet; before, error rate: nothing runs yet',
    });
    const { events } = given.executed({ plan, findings: nothingRuns }, { ...goodSteps, 'post.1': {} });
    const looked = events.find(({ type, data }) => type === 'StepSucceeded' && data.step === 'post.1')!;
    expect(verdictOn('dashboards-configured', events, { plan })).toMatchObject({
      verdict: 'met',
      reason: '1 dashboard responded and every named metric had data when step post.1 looked',
      evidence: [{ eventId: looked.id }],
    });
  });

  it('is not met by that step where no source reports the metrics, nor when it failed or was never come to', () => {
    const bad = { ...goodSteps, 'post.1': { outcome: { status: 'failed', reason: 'no data' } as const } };
    const sourceless = { ...plan, monitoring: { ...plan.monitoring, source: null } };
    for (const [events, of] of [
      [given.executed({ plan: sourceless, findings: nothingRuns }, { ...goodSteps, 'post.1': {} }).events, sourceless],
      [given.executed({ plan, findings: nothingRuns }, bad).events, plan],
      [given.failed({ plan, findings: nothingRuns }).events, plan],
    ] as const)
      expect(verdictOn('dashboards-configured', events, { plan: of })).toMatchObject({
        verdict: 'unmet',
        reason: expect.stringContaining('error rate: nothing runs yet'),
      });
  });

  it('is taken back by a later look that failed', () => {
    const endings = {
      ...goodSteps,
      'post.1': { outcome: { status: 'failed', reason: 'the dashboard responds with 404' } as const },
    };
    expect(verdictOn('dashboards-configured', given.executed({ plan }, endings).events, { plan })).toMatchObject({
      verdict: 'unmet',
      reason: 'post.1: the dashboard responds with 404',
    });
  });
});

describe('Documentation updated', () => {
  const confirm = (at: string) =>
    ({ type: 'ConfirmCriterion', line: 162, by: 'tech-writer', reason: 'read it', at }) as const;

  it('waits for the person, also after the end, and is met when every line is', () => {
    const scenario = given.success();
    expect(verdictOn('documentation-updated', scenario.events)).toMatchObject({
      verdict: 'waiting',
      reason: 'API documentation updated (line 162): waits for confirmation by tech-writer',
    });
    expect(verdictOn('documentation-updated', scenario.when(confirm).events)).toMatchObject({
      verdict: 'met',
      reason: '2 lines of documentation proven',
    });
  });

  it('is unmet when a line is', () => {
    const judged = [
      { line: 160, text: 'CHANGELOG updated', verdict: 'fail', summary: 'the commit does not touch CHANGELOG.md' },
    ];
    const scenario = given.success({}, { ...goodSteps, 'post.1': { result: { documentation: judged } } }).when(confirm);
    expect(verdictOn('documentation-updated', scenario.events)).toMatchObject({
      verdict: 'unmet',
      reason: 'CHANGELOG updated (line 160): the commit does not touch CHANGELOG.md',
    });
  });

  it('asks nothing of a line that does not apply', () => {
    const judged = [
      { line: 160, text: 'CHANGELOG updated (if changes)', verdict: 'not-applicable', summary: 'it does not apply' },
    ];
    const scenario = given.success({}, { ...goodSteps, 'post.1': { result: { documentation: judged } } }).when(confirm);
    expect(verdictOn('documentation-updated', scenario.events)).toMatchObject({ verdict: 'met' });
  });

  it.each([
    [true, 'met', 'it does not apply: the commit does not touch docs/architecture.md'],
    [false, 'unmet', 'the commit does not touch docs/architecture.md'],
  ] as const)('of a line that no step works through, optional %s, is %s', (optional, verdict, summary) => {
    const [line] = examplePlan().documentation;
    const steps = examplePlan().steps.slice(0, 4);
    const plan = examplePlan({ documentation: [{ ...line!, optional }], steps });
    const reading = passingReading('commit-touches', {
      verdict: 'fail',
      summary: 'the commit does not touch docs/architecture.md',
    });
    const scenario = given.executed({ plan });
    expect(verdictOn('documentation-updated', scenario.events, { plan }).verdict).toBe('waiting');
    scenario.when((at) => ({ type: 'RecordEvidence', readings: [{ line: 160, reading }], token: 1, at }));
    const found = verdictOn('documentation-updated', scenario.events, { plan });
    expect(found.verdict).toBe(verdict);
    expect(found.evidence).toMatchObject([{ summary }]);
  });

  it('is unmet by a report that fails, also on a line that is there only if something changed', () => {
    const [line] = examplePlan().documentation;
    const proof = { kind: 'evidence' as const, evidence: { reader: 'junit' as const, glob: 'docs.xml' } };
    const steps = examplePlan().steps.slice(0, 4);
    const plan = examplePlan({ documentation: [{ ...line!, proof, optional: true }], steps });
    const reading = passingReading('junit', { verdict: 'fail', summary: '2 of 12 tests failed' });
    const scenario = given
      .executed({ plan })
      .when((at) => ({ type: 'RecordEvidence', readings: [{ line: 160, reading }], token: 1, at }));
    expect(verdictOn('documentation-updated', scenario.events, { plan })).toMatchObject({
      verdict: 'unmet',
      reason: expect.stringContaining('2 of 12 tests failed'),
    });
  });

  it('is unmet by a report that nothing ties to the commit, as any other criterion', () => {
    const judged = [{ line: 160, text: 'CHANGELOG', verdict: 'pass', attested: false, summary: '3 tests' }];
    const endings = { ...goodSteps, 'post.1': { result: { documentation: judged } } };
    expect(verdictOn('documentation-updated', given.success({}, endings).when(confirm).events)).toMatchObject({
      verdict: 'unmet',
      reason: expect.stringContaining('unattested'),
    });
  });

  it('waits for nobody when the deployment ended otherwise', () => {
    expect(verdictOn('documentation-updated', given.cancelled().events).reason).toContain(
      'it ended without confirmation by tech-writer',
    );
    expect(verdictOn('manual', given.rolledBackByErrorRate().events)).toMatchObject({
      verdict: 'unmet',
      reason: 'it ended without approval by owner',
    });
  });

  it('is unmet when nobody looked', () => {
    expect(
      verdictOn('documentation-updated', given.success({}, { ...goodSteps, 'post.1': {} }).when(confirm).events)
        .verdict,
    ).toBe('unmet');
  });
});

describe('Team notified of deployment', () => {
  it('is met by a recorded delivery alone', () => {
    expect(verdictOn('team-notified', given.executed().events)).toMatchObject({
      verdict: 'met',
      reason: 'pre.2: delivered to team',
    });
    expect(verdictOn('team-notified', given.executed({}, { ...goodSteps, 'pre.2': {} }).events)).toMatchObject({
      verdict: 'unmet',
      reason: 'no delivery of a notice is recorded',
    });
    const refused = { ...goodSteps, 'pre.2': { outcome: { status: 'failed', reason: 'responded with 500' } as const } };
    expect(verdictOn('team-notified', given.executed({}, refused).events)).toMatchObject({
      verdict: 'unmet',
      reason: expect.stringContaining('responded with 500'),
    });
    expect(
      verdictOn('team-notified', given.executed({ plan: withoutSteps }).events, { plan: withoutSteps }).reason,
    ).toBe('no step of the document notifies anybody');
  });

  it('waits for the next step that notifies when one could not', () => {
    const again = exampleStep(
      'post.2',
      'Notify the team',
      { kind: 'notify', channel: 'team', about: 'step' },
      { onFailure: 'continue' },
    );
    const plan = examplePlan({ steps: [...examplePlan().steps, again] });
    const refused = { outcome: { status: 'failed', reason: 'responded with 500' } } as const;
    const half = given.ready({ plan }).perform({ ...goodSteps, 'pre.2': refused }, 'post.2');
    expect(verdictOn('team-notified', half.events, { plan }).verdict).toBe('waiting');
    half.perform({ 'post.2': { result: { delivered: true, channel: 'team' } } });
    expect(verdictOn('team-notified', half.events, { plan }).verdict).toBe('met');
  });

  it('is not met by an alert that the team was notified of', () => {
    const plan = examplePlan({ steps: withoutSteps.steps });
    const scenario = given
      .watched({ plan })
      .when((at) => ({
        type: 'RaiseAlert',
        alert: 'Error rate',
        action: 'notify:team',
        breach: given.breach,
        token: 1,
        at,
      }))
      .when((at) => ({
        type: 'RecordNotice',
        notice: 'alert.1.team',
        channel: 'team',
        about: 'Error rate',
        delivered: true,
        detail: 'responded with 200',
        at,
      }));
    expect(scenario.events.at(-1)?.type).toBe('NoticeDelivered');
    expect(verdictOn('team-notified', scenario.events, { plan }).verdict).toBe('unmet');
  });
});

describe('Deployment executed successfully', () => {
  it('is met by the end of the execution and by nothing else', () => {
    expect(verdictOn('executed', given.planned().events).verdict).toBe('waiting');
    expect(verdictOn('executed', given.executed().events).verdict).toBe('met');
    expect(verdictOn('executed', given.rolledBackByStep().events)).toMatchObject({
      verdict: 'unmet',
      reason: 'step deploy.2 failed: exit 1',
    });
    expect(verdictOn('executed', given.cancelled().events).verdict).toBe('unmet');
  });
});

describe('Smoke tests passed in production', () => {
  it('is met when every flow passed', () => {
    expect(verdictOn('smoke-tests-passed', given.executed().events).verdict).toBe('waiting');
    expect(verdictOn('smoke-tests-passed', given.verified().events)).toMatchObject({
      verdict: 'met',
      reason: '1 smoke test passed in production',
    });
  });

  it('is unmet by what made the verification fail, be it a health check', () => {
    const scenario = given
      .executed()
      .when((at) => ({ type: 'BeginChecks', purpose: 'verification', token: 1, host: 'host-1', at }))
      .when((at) => ({
        type: 'RecordChecks',
        purpose: 'verification',
        token: 1,
        results: [given.login(), given.health(false)],
        at,
      }));
    expect(verdictOn('smoke-tests-passed', scenario.events)).toMatchObject({
      verdict: 'unmet',
      reason: 'Application health: refused the connection',
      evidence: [{ eventId: scenario.events.find(({ type }) => type === 'VerificationFailed')!.id }],
    });
  });

  it('is not met by the checks of what a rollback restored', () => {
    expect(verdictOn('smoke-tests-passed', given.rolledBackByStep().events).verdict).toBe('unmet');
  });

  it('is taken back when a flow fails while it is watched', () => {
    const scenario = given.watched().when((at) => ({
      type: 'DetectDegradation',
      trigger: 'Critical functionality broken',
      kind: 'critical-flow',
      breach: given.breach,
      checks: [given.login(false)],
      shadow: false,
      token: 1,
      at,
    }));
    expect(verdictOn('smoke-tests-passed', scenario.events)).toMatchObject({
      verdict: 'unmet',
      reason: 'User Login: responded with 500',
    });
  });
});

describe('No critical errors in logs', () => {
  const read = (verdict: 'pass' | 'fail' | 'no-data') => {
    const { logs } = examplePlan().monitoring;
    const records = {
      verdict,
      summary: `logs say ${verdict}`,
      facts: {},
      from: given.secondsIn(0),
      until: given.secondsIn(20),
    };
    return given.watched().when((at) => ({ type: 'RecordLogs', logs: { evidence: logs!, ...records }, token: 1, at }))
      .events;
  };

  it.each([
    ['met', 'pass'],
    ['unmet', 'fail'],
    ['unknown', 'no-data'],
  ] as const)('is %s when the logs of the watch window say %s', (verdict, verdictOfLogs) => {
    expect(verdictOn('no-critical-errors', read(verdictOfLogs))).toMatchObject({
      verdict,
      reason: `logs say ${verdictOfLogs}`,
    });
  });

  it('waits for nothing that a rollback has made impossible', () => {
    const { events } = given.degraded();
    expect(events.at(-1)?.type).toBe('RollbackTriggered');
    for (const kind of ['no-critical-errors', 'limit'] as const) expect(verdictOn(kind, events).verdict).toBe('unmet');
  });

  it('waits for the end of the watch, and is unmet when that never came', () => {
    expect(verdictOn('no-critical-errors', given.watched().events).verdict).toBe('waiting');
    expect(verdictOn('no-critical-errors', given.rolledBackByErrorRate().events).verdict).toBe('unmet');
  });
});

describe('Performance metrics within acceptable range', () => {
  const passed = (verdict: string, samples: number) => {
    const metrics = [
      { metric: 'memory', verdict: 'pass', samples: 20 },
      { metric: 'error-rate', verdict, samples },
    ];
    return given
      .watched()
      .later(20)
      .when((at) => ({ type: 'PassMonitoring', metrics, ...fullWatch(examplePlan()), token: 1, at })).events;
  };

  it.each([
    ['met', 'pass', 20],
    ['met', 'skipped', 0],
    ['unmet', 'too-few', 2],
    ['unmet', 'no-data', 0],
    ['unmet', 'fail', 20],
  ])('is %s when the watch passed with a metric that is %s on %i samples', (verdict, metric, samples) => {
    expect(verdictOn('performance-acceptable', passed(metric, samples)).verdict).toBe(verdict);
  });

  it('is unmet by the breach that caused a rollback', () => {
    expect(verdictOn('performance-acceptable', given.watched().events).verdict).toBe('waiting');
    expect(verdictOn('performance-acceptable', given.rolledBackByErrorRate().events)).toMatchObject({
      verdict: 'unmet',
      reason: given.breach.sentence,
    });
  });
});

describe('a limit of its own', () => {
  const scenario = given.success();
  const from =
    (Date.parse(scenario.events.find(({ type }) => type === 'WatchStarted')!.time) - Date.parse(given.secondsIn(0))) /
    1_000;
  const limit = (values: readonly (number | null)[], { events } = scenario) =>
    verdictOn('limit', events, { measured: given.measuredStream(values, from) });

  it.each([
    ['met', [0.001, 0.002, 0.001, 0.002, 0.001]],
    ['unmet', [0.001, 0.03, 0.03, 0.03, 0.03, 0.03, 0.001]],
    ['unmet', [0.001]],
    ['unknown', [null, null, null, null]],
    ['unknown', []],
  ])('is %s by %j', (verdict, values) => {
    expect(limit(values).verdict).toBe(verdict);
  });

  it('is unmet by a watch that was ended early, however good it was', () => {
    const scenario = given.rolledBackManually();
    expect(limit([0.001, 0.001, 0.001, 0.001, 0.001], scenario)).toMatchObject({
      verdict: 'unmet',
      reason: expect.stringMatching(/^the watch was ended early: kept over 5 ticks/),
    });
  });

  it('is unmet where nothing is watched', () => {
    const { monitoring } = examplePlan();
    const plan = examplePlan({ monitoring: { ...monitoring, source: null } });
    expect(verdictOn('limit', given.drafted({ plan }).events, { plan }).verdict).toBe('unmet');
  });

  it('waits while the watch goes on', () => {
    expect(limit([0.001, 0.001, 0.001, 0.001, 0.001], given.watched()).verdict).toBe('waiting');
    expect(limit([], given.executed()).verdict).toBe('waiting');
  });
});

describe('a line that names its own proof', () => {
  it('rests on the step that reads the same evidence', () => {
    expect(verdictOn('evidence', given.executed().events)).toMatchObject({
      verdict: 'met',
      reason: '12 tests, 0 failures',
    });
  });

  it('rests on the reading of that very line', () => {
    const criterion: Criterion = {
      text: 'Runbook published',
      line: 230,
      rule: { kind: 'evidence', evidence: { reader: 'url', url: 'http://127.0.0.1/runbook' } },
    };
    const plan = examplePlan({ acceptanceCriteria: [criterion] });
    const read = (changes: Partial<EvidenceReading> = {}) => {
      const reading = passingReading('url', { summary: 'responds with 200', ...changes });
      const scenario = given.executed({ plan }).when((at) => ({
        type: 'RecordEvidence',
        readings: [{ line: 230, reading }],
        token: 1,
        at,
      }));
      return verdictOn('evidence', scenario.events, { plan });
    };
    expect(verdictOn('evidence', given.executed({ plan }).events, { plan }).verdict).toBe('waiting');
    expect(read()).toMatchObject({
      verdict: 'met',
      reason: 'responds with 200',
      evidence: [{ summary: 'responds with 200' }],
    });
    expect(read({ verdict: 'fail', summary: 'responds with 404' })).toMatchObject({
      verdict: 'unmet',
      reason: 'responds with 404',
    });
    expect(read({ verdict: 'no-data' }).verdict).toBe('unknown');
    expect(read({ attested: false })).toMatchObject({
      verdict: 'unmet',
      reason: expect.stringContaining('unattested'),
    });
  });

  it('waits for logs that are read when the deployment has succeeded', () => {
    const criterion: Criterion = {
      text: 'Nothing denied',
      line: 230,
      rule: { kind: 'evidence', evidence: { reader: 'log', files: ['audit.log'], patterns: ['denied'], allow: [] } },
    };
    const plan = examplePlan({ acceptanceCriteria: [criterion] });
    const scenario = given.success({ plan });
    expect(verdictOn('evidence', scenario.events, { plan }).verdict).toBe('waiting');
    expect(verdictOn('evidence', given.rolledBackManually({ plan }).events, { plan }).verdict).toBe('unmet');
    const readings = [{ line: 230, reading: passingReading('log', { summary: 'none' }) }];
    scenario.when((at) => ({ type: 'RecordEvidence', readings, token: 1, at }));
    expect(verdictOn('evidence', scenario.events, { plan }).verdict).toBe('met');
  });

  it('rests on an earlier deployment', () => {
    const plan = examplePlan({
      acceptanceCriteria: [
        {
          text: 'In staging',
          line: 231,
          rule: { kind: 'evidence', evidence: { reader: 'deployed-in', environment: 'staging' } },
        },
      ],
    });
    const { events } = given.executed({ plan });
    expect(verdictOn('evidence', events, { plan }).verdict).toBe('unmet');
    expect(
      verdictOn('evidence', events, { plan, history: [entry({ procedureDigest: 'sha256:another' })] }).verdict,
    ).toBe('met');
  });

  it('waits for the person it names', () => {
    const scenario = given.success();
    expect(verdictOn('manual', scenario.events)).toMatchObject({
      verdict: 'waiting',
      reason: 'waits for approval by owner',
    });
    scenario.when((at) => ({ type: 'ConfirmCriterion', line: 215, by: 'owner', reason: 'seen', at }));
    expect(verdictOn('manual', scenario.events)).toMatchObject({ verdict: 'met', reason: 'owner confirmed it: seen' });
  });

  it('cannot be met by a statement where evidence is required', () => {
    const { events } = given.success();
    const data = { line: 202, text: 'Security scans passed', by: 'operator', reason: 'trust me', at: now };
    const talk = {
      ...events.at(-1)!,
      version: events.length + 1,
      type: 'CriterionConfirmed',
      data,
    } as DeploymentRecord;
    expect(verdictOn('scans-passed', [...events, talk]).verdict).toBe('unmet');
  });
});
