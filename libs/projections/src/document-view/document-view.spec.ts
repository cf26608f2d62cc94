import { describe, expect, it } from 'vitest';
import { acceptanceCriteria } from '../acceptance-criteria/index.ts';
import * as given from '../testing/index.ts';
import { documentMarkdown, documentView } from './index.ts';

const view = ({ events }: given.Scenario, source: string | null = '# Deployment') =>
  documentView(source, events, acceptanceCriteria(events, [], given.secondsIn(600)));
const at = (scenario: given.Scenario, line: number) => view(scenario).verdicts.filter((each) => each.line === line);

/** The types of the events that a line rests on. */
const recordsOn = (scenario: given.Scenario, line: number, kind: string) => {
  const ids = at(scenario, line)
    .filter((each) => each.kind === kind)
    .flatMap(({ evidence }) => evidence.map(({ eventId }) => eventId));
  return scenario.events.filter(({ id }) => ids.includes(id)).map(({ type }) => type);
};

describe('the document', () => {
  it('stands beside what became of its lines, in their order', () => {
    const { source, verdicts } = view(given.rolledBackByErrorRate());
    expect(source).toBe('# Deployment');
    expect(verdicts.map(({ line }) => line)).toEqual(verdicts.map(({ line }) => line).sort((a, b) => a - b));
  });

  it('says of which deployment it is, and how that stands', () => {
    const { title, sentence } = view(given.success());
    expect(title).toBe('orders-api 1.2.0 to production (deployment d1)');
    expect(sentence).toContain('succeeded: version 1.2.0 runs in production');
    expect(view(given.rejected()).title).toBe('a document that is not read yet to production (deployment d1)');
  });

  it.each([
    [30, 'step', 'succeeded', 'pre.1 Verify all integration tests passed', ['StepSucceeded']],
    [112, 'check', 'passed', 'User Login', ['SmokeTestPassed']],
    [142, 'limit', 'breached', given.breach.sentence, ['DegradationDetected']],
    [142, 'trigger', 'pulled', given.breach.sentence, ['RollbackTriggered']],
    [90, 'trigger', 'not-pulled', '', []],
    [160, 'documentation', 'met', 'the commit touches CHANGELOG.md', ['StepSucceeded']],
    [201, 'criterion', 'met', '12 tests, 0 failures', ['StepSucceeded']],
  ])('reports line %i: %s %s, with its events', (line, kind, verdict, text, records) => {
    const scenario = given.rolledBackByErrorRate();
    expect(at(scenario, line)).toContainEqual({ line, kind, verdict, text, evidence: expect.any(Array) });
    expect(recordsOn(scenario, line, kind)).toEqual(records);
  });

  it('shows problems at their lines', () => {
    expect(at(given.rejected(), 12)).toEqual([
      {
        line: 12,
        kind: 'problem',
        verdict: 'error',
        text: '`[version number]` is not filled in',
        evidence: [{ eventId: 'd1-e2', summary: 'it was rejected' }],
      },
    ]);
  });

  it('reports what a step read, and of what it is that it runs', () => {
    expect(at(given.success(), 30)[0]?.evidence).toEqual([
      { eventId: expect.any(String), summary: 'step pre.1 succeeded: 12 tests, 0 failures' },
    ]);
    const begun = given
      .ready()
      .when((time) => ({ type: 'BeginStep', step: 'pre.1', token: 1, host: 'host-1', at: time }));
    expect(at(begun, 30)).toMatchObject([
      { verdict: 'running', evidence: [{ summary: expect.stringContaining('host-1') }] },
    ]);
  });

  it('reports in short what a step left behind', () => {
    const results = {
      'pre.2': { result: { delivered: true, channel: 'team', detail: 'responded with 204' } },
      'deploy.1': { result: { exitCode: 0, durationMs: 593 } },
      'deploy.2': { result: { release: 'r-1.2.0', bytes: 10, sha256: 'ab'.repeat(32) } },
      'post.1': { result: { passed: 2, total: 2, dashboards: 'odd', commit: null } },
    };
    const scenario = given.executed({}, results);
    const summaries = [32, 36, 38, 42].map((line) => at(scenario, line)[0]?.evidence[0]?.summary);
    expect(summaries).toEqual([
      'step pre.2 succeeded: team was notified (responded with 204)',
      'step deploy.1 succeeded: exit 0, in 593 ms',
      'step deploy.2 succeeded: release r-1.2.0, 10 bytes, sha256 abababababababab…',
      'step post.1 succeeded: 2 of 2 passed',
    ]);
  });

  it('reports of rollback steps whether they wait, were not needed or were done, and as what', () => {
    const written = (number: number, part: 'stop-new' | 'previous-version' | 'restart') =>
      given.exampleStep(
        `rollback.${number}`,
        `Step ${part}`,
        { kind: 'revert', part },
        { source: { line: 200 + number } },
      );
    const plan = given.examplePlan({
      rollback: {
        ...given.examplePlan().rollback,
        steps: [written(1, 'stop-new'), written(2, 'previous-version'), written(3, 'restart')],
      },
      acceptanceCriteria: [],
    });
    const verdicts = (scenario: given.Scenario) => [201, 202, 203].map((line) => at(scenario, line)[0]?.verdict);
    expect(verdicts(given.drafted({ plan }))).toEqual(['armed', 'armed', 'armed']);
    expect(verdicts(given.success({ plan }))).toEqual(['not-needed', 'not-needed', 'not-needed']);
    const back = given.rolledBackByErrorRate({ plan });
    expect(verdicts(back)).toEqual(['succeeded', 'succeeded', 'succeeded']);
    expect(at(back, 202)).toMatchObject([
      { text: expect.stringMatching(/^Step previous-version: done as rollback\.\d/) },
    ]);
    expect(at(back, 202)[0]?.evidence.length).toBeGreaterThan(0);
  });

  it('reports a limit that was kept, one that is watched and one that was never reached', () => {
    const limit = (scenario: given.Scenario) => at(scenario, 142).find(({ kind }) => kind === 'limit');
    expect(limit(given.success())).toMatchObject({ verdict: 'kept', text: 'kept on 20 valid samples' });
    expect(limit(given.watched())).toMatchObject({ verdict: 'watched', evidence: [{ eventId: expect.any(String) }] });
    expect(limit(given.drafted())?.verdict).toBe('pending');
    expect(limit(given.failed())?.verdict).toBe('not-reached');
    expect(limit(given.rolledBackManually())?.verdict).toBe('unknown');
  });

  it('reports checks that were not made, and triggers that are armed', () => {
    expect(at(given.drafted(), 112)).toMatchObject([{ kind: 'check', verdict: 'pending' }]);
    expect(at(given.failed(), 112)).toMatchObject([{ kind: 'check', verdict: 'not-reached' }]);
    expect(at(given.drafted(), 90)).toMatchObject([{ kind: 'trigger', verdict: 'armed' }]);
  });

  it('does not call a rollback step done where there was nothing to undo', () => {
    const plan = given.examplePlan({
      steps: given.exampleSteps.map(({ undo: _undo, ...step }) => step),
      rollback: {
        ...given.examplePlan().rollback,
        steps: [
          given.exampleStep('rollback.1', 'Revert to previous version', { kind: 'revert', part: 'previous-version' }),
        ],
      },
      acceptanceCriteria: [],
    });
    for (const scenario of [given.undone(given.degraded({ plan })), given.rolledBackByErrorRate({ plan })])
      expect(at(scenario, 101)).toEqual([
        {
          line: 101,
          kind: 'step',
          verdict: 'not-needed',
          text: 'Revert to previous version: nothing to undo',
          evidence: [],
        },
      ]);
  });

  it('calls nothing of the plan armed, watched or pending while it is taken back', () => {
    const trigger = { kind: 'manual' as const, text: 'customers complain', line: null, by: 'operator' };
    const back = (scenario: given.Scenario) =>
      view(scenario.when((time) => ({ type: 'TriggerRollback', trigger, reason: 'customers complain', at: time })));
    const words = ({ verdicts }: ReturnType<typeof view>) =>
      verdicts.filter(({ kind }) => kind !== 'criterion' && kind !== 'documentation').map(({ verdict }) => verdict);
    expect(words(back(given.watched()))).toEqual([
      ...Array.from({ length: 5 }, () => 'succeeded'),
      'not-pulled',
      'passed',
      'passed',
      'unknown',
    ]);
    const early = given.ready().perform(given.goodSteps, 'deploy.2');
    expect(words(back(early))).toEqual([
      ...Array.from({ length: 3 }, () => 'succeeded'),
      'running',
      'not-reached',
      'not-pulled',
      'not-reached',
      'not-reached',
      'not-reached',
    ]);
  });

  it('reports a check that was not made, also where one of another kind has its title', () => {
    const plan = given.examplePlan();
    const [health] = plan.healthChecks;
    const scenario = given
      .executed({ plan: { ...plan, healthChecks: [{ ...health!, title: 'User Login' }] } })
      .when((time) => ({ type: 'BeginChecks', purpose: 'verification', token: 1, host: 'host-1', at: time }))
      .when((time) => ({
        type: 'RecordChecks',
        purpose: 'verification',
        token: 1,
        results: [given.login(false)],
        at: time,
      }));
    expect(at(scenario, 112)).toMatchObject([{ kind: 'check', verdict: 'failed' }]);
    expect(at(scenario, 124)).toMatchObject([{ kind: 'check', verdict: 'not-reached', text: 'User Login' }]);
  });

  it('says of a rollback what of the document does not apply to it', () => {
    const done = given.success();
    const { rollbackPoint, steps } = done.state as Extract<typeof done.state, { status: 'succeeded' }>;
    const rule = { kind: 'deployment' as const, service: 'ledger', range: '1.0.0', environment: 'production' };
    const plan = given.examplePlan({ blockedBy: [{ text: 'ledger 1.0.0', rule, source: { line: 180 } }] });
    const inherited = { deployment: 'd0', rollbackPoint, steps };
    const scenario = given.planned({ kind: 'rollback', plan, inherited });
    for (const line of [160, 180])
      expect(at(scenario, line)).toMatchObject([
        { verdict: 'unknown', text: expect.stringContaining('not applicable to a rollback') },
      ]);
    for (const line of [112, 124, 142]) expect(at(scenario, line)).toMatchObject([{ verdict: 'not-needed' }]);
  });

  it('reports for each Blocked By whether it is there, and by what', () => {
    const rule = { kind: 'deployment' as const, service: 'ledger', range: '1.0.0', environment: 'production' };
    const text = 'deployment of ledger 1.0.0 to production';
    const plan = given.examplePlan({ blockedBy: [{ text, rule, source: { line: 180 } }] });
    const drafted = given
      .requested()
      .when(() => ({ type: 'DraftPlan', plan, digest: 'sha256:p', commit: null, warnings: [], inherited: null }));
    expect(at(drafted, 180)).toMatchObject([{ kind: 'relation', verdict: 'waiting' }]);
    const by = 'ledger 1.0.0 runs in production';
    const cleared = drafted.when((time) => ({ type: 'ClearBlockers', satisfied: [{ text, by }], at: time }));
    expect(at(cleared, 180)).toMatchObject([{ kind: 'relation', verdict: 'met', text: by }]);
    expect(recordsOn(cleared, 180, 'relation')).toEqual(['BlockersCleared']);
  });

  it('reports what the preflight found about a line, and that it was overridden, once', () => {
    const finding = { code: 'disk', subject: 'disk', ok: false, blocking: true, message: 'is full', line: 32 };
    const plan = given.examplePlan({ overridable: ['disk'] });
    const preflight = (scenario: given.Scenario) => at(scenario, 32).filter(({ kind }) => kind !== 'step');
    const later = { ...finding, ok: true, message: 'is read after step deploy.1; now: 2 of 12 tests failed' };
    expect(preflight(given.planned({ plan, findings: [later] }))).toMatchObject([
      { kind: 'preflight', verdict: 'fine' },
    ]);
    expect(preflight(given.planned({ plan, findings: [finding] }))).toMatchObject([
      { kind: 'preflight', verdict: 'failed', text: 'disk: is full' },
    ]);
    const overrides = [{ code: 'disk', reason: 'cleaned up' }];
    expect(preflight(given.planned({ plan, findings: [finding], overrides }))).toMatchObject([
      { kind: 'preflight', verdict: 'overridden', text: expect.stringContaining('cleaned up'), evidence: [{}, {}] },
    ]);
  });

  it('reports who revoked evidence beside the evidence', () => {
    const scenario = given.success();
    const evidence = at(scenario, 30)[0]?.evidence[0];
    const revoked = scenario.when((time) => ({
      type: 'RevokeEvidence',
      evidence: { eventId: evidence?.eventId ?? '', eventType: 'StepSucceeded', digest: 'aa', line: null },
      by: 'auditor',
      reason: 'of another commit',
      at: time,
    }));
    expect(at(revoked, 30)[0]?.evidence).toEqual([
      evidence,
      { eventId: expect.any(String), summary: expect.stringContaining('auditor revoked StepSucceeded') },
    ]);
  });
});

describe('findings that were overridden', () => {
  const { overrides, sentence } = view(given.overridden());

  it('are distinguished, with who asked and why', () => {
    expect(overrides).toEqual([
      expect.objectContaining({
        code: 'rollback-target',
        by: 'ci for robin (claimed)',
        reason: '1.1.0 is known to work',
      }),
      expect.objectContaining({ code: 'disk', subject: 'disk', message: 'has less than 1 GiB left' }),
    ]);
  });

  it('are part of the state as a sentence', () => {
    expect(sentence).toContain(
      'in spite of rollback-target, overridden by ci for robin (claimed): 1.1.0 is known to work',
    );
  });
});

describe('as Markdown', () => {
  it('begins with the state and what was overridden', () => {
    const text = documentMarkdown(view(given.overridden()));
    expect(text.split('\n')[0]).toMatch(/^> orders-api 1\.2\.0 to production \(deployment d1\): /);
    expect(text).toContain('> disk (disk: has less than 1 GiB left) was overridden by ci for robin (claimed)');
    expect(text).toContain('\n# Deployment\n');
  });

  it('reports that a plan has no document', () => {
    const text = documentMarkdown(view(given.success(), null));
    expect(text).toContain('> The request brought a plan and no document.');
    expect(text).toContain('(line 30)');
  });
});
