import { describe, expect, it } from 'vitest';
import { acceptanceCriteria } from '../acceptance-criteria/index.ts';
import * as told from '../testing/index.ts';
import { documentMarkdown, documentView } from './index.ts';

const view = ({ events }: told.Story, source: string | null = '# Deployment') =>
  documentView(source, events, acceptanceCriteria(events, [], told.secondsIn(600)));
const at = (story: told.Story, line: number) => view(story).verdicts.filter((each) => each.line === line);

/** The types of the events that a line rests on. */
const factsOn = (story: told.Story, line: number, kind: string) => {
  const ids = at(story, line)
    .filter((each) => each.kind === kind)
    .flatMap(({ evidence }) => evidence.map(({ eventId }) => eventId));
  return story.events.filter(({ id }) => ids.includes(id)).map(({ type }) => type);
};

describe('the document', () => {
  it('stands beside what became of its lines, in their order', () => {
    const { source, verdicts } = view(told.rolledBackByErrorRate());
    expect(source).toBe('# Deployment');
    expect(verdicts.map(({ line }) => line)).toEqual(verdicts.map(({ line }) => line).sort((a, b) => a - b));
  });

  it('says of which deployment it is, and how that stands', () => {
    const { title, sentence } = view(told.success());
    expect(title).toBe('orders-api 1.2.0 to production (deployment d1)');
    expect(sentence).toContain('succeeded: version 1.2.0 runs in production');
    expect(view(told.rejected()).title).toBe('a document that is not read yet to production (deployment d1)');
  });

  it.each([
    [30, 'step', 'succeeded', 'pre.1 Verify all integration tests passed', ['StepSucceeded']],
    [112, 'check', 'passed', 'User Login', ['SmokeTestPassed']],
    [142, 'limit', 'breached', told.breach.sentence, ['DegradationDetected']],
    [142, 'trigger', 'pulled', told.breach.sentence, ['RollbackTriggered']],
    [90, 'trigger', 'not-pulled', '', []],
    [160, 'documentation', 'met', 'the commit touches CHANGELOG.md', ['StepSucceeded']],
    [201, 'criterion', 'met', '12 tests, 0 failures', ['StepSucceeded']],
  ])('tells line %i: %s %s, with its facts', (line, kind, verdict, text, facts) => {
    const story = told.rolledBackByErrorRate();
    expect(at(story, line)).toContainEqual({ line, kind, verdict, text, evidence: expect.any(Array) });
    expect(factsOn(story, line, kind)).toEqual(facts);
  });

  it('shows problems at their lines', () => {
    expect(at(told.rejected(), 12)).toEqual([
      {
        line: 12,
        kind: 'problem',
        verdict: 'error',
        text: '`[version number]` is not filled in',
        evidence: [{ eventId: 'd1-e2', summary: 'it was rejected' }],
      },
    ]);
  });

  it('tells what a step read, and of what it is that it runs', () => {
    expect(at(told.success(), 30)[0]?.evidence).toEqual([
      { eventId: expect.any(String), summary: 'step pre.1 succeeded: 12 tests, 0 failures' },
    ]);
    const begun = told
      .ready()
      .when((time) => ({ type: 'BeginStep', step: 'pre.1', token: 1, host: 'host-1', at: time }));
    expect(at(begun, 30)).toMatchObject([
      { verdict: 'running', evidence: [{ summary: expect.stringContaining('host-1') }] },
    ]);
  });

  it('tells in short what a step left behind', () => {
    const results = {
      'pre.2': { result: { delivered: true, channel: 'team', detail: 'answered 204' } },
      'deploy.1': { result: { exitCode: 0, durationMs: 593 } },
      'deploy.2': { result: { release: 'r-1.2.0', bytes: 10, sha256: 'ab'.repeat(32) } },
      'post.1': { result: { passed: 2, total: 2, dashboards: 'odd', commit: null } },
    };
    const story = told.executed({}, results);
    const summaries = [32, 36, 38, 42].map((line) => at(story, line)[0]?.evidence[0]?.summary);
    expect(summaries).toEqual([
      'step pre.2 succeeded: team was told (answered 204)',
      'step deploy.1 succeeded: exit 0, in 593 ms',
      'step deploy.2 succeeded: release r-1.2.0, 10 bytes, sha256 abababababababab…',
      'step post.1 succeeded: 2 of 2 passed',
    ]);
  });

  it('tells of rollback steps that they wait, that they were not needed, and as what they were done', () => {
    const written = (number: number, part: 'stop-new' | 'previous-version' | 'restart') =>
      told.exampleStep(
        `rollback.${number}`,
        `Step ${part}`,
        { kind: 'revert', part },
        { source: { line: 200 + number } },
      );
    const plan = told.examplePlan({
      rollback: {
        ...told.examplePlan().rollback,
        steps: [written(1, 'stop-new'), written(2, 'previous-version'), written(3, 'restart')],
      },
      acceptanceCriteria: [],
    });
    const verdicts = (story: told.Story) => [201, 202, 203].map((line) => at(story, line)[0]?.verdict);
    expect(verdicts(told.drafted({ plan }))).toEqual(['armed', 'armed', 'armed']);
    expect(verdicts(told.success({ plan }))).toEqual(['not-needed', 'not-needed', 'not-needed']);
    const back = told.rolledBackByErrorRate({ plan });
    expect(verdicts(back)).toEqual(['succeeded', 'succeeded', 'succeeded']);
    expect(at(back, 202)).toMatchObject([
      { text: expect.stringMatching(/^Step previous-version: done as rollback\.\d/) },
    ]);
    expect(at(back, 202)[0]?.evidence.length).toBeGreaterThan(0);
  });

  it('tells a limit that was kept, one that is watched and one that was never reached', () => {
    const limit = (story: told.Story) => at(story, 142).find(({ kind }) => kind === 'limit');
    expect(limit(told.success())).toMatchObject({ verdict: 'kept', text: 'kept on 20 valid samples' });
    expect(limit(told.watched())).toMatchObject({ verdict: 'watched', evidence: [{ eventId: expect.any(String) }] });
    expect(limit(told.drafted())?.verdict).toBe('pending');
    expect(limit(told.failed())?.verdict).toBe('not-reached');
    expect(limit(told.rolledBackByHand())?.verdict).toBe('unknown');
  });

  it('tells checks that were not made, and triggers that are armed', () => {
    expect(at(told.drafted(), 112)).toMatchObject([{ kind: 'check', verdict: 'pending' }]);
    expect(at(told.failed(), 112)).toMatchObject([{ kind: 'check', verdict: 'not-reached' }]);
    expect(at(told.drafted(), 90)).toMatchObject([{ kind: 'trigger', verdict: 'armed' }]);
  });

  it('does not call a rollback step done where there was nothing to undo', () => {
    const plan = told.examplePlan({
      steps: told.exampleSteps.map(({ undo: _undo, ...step }) => step),
      rollback: {
        ...told.examplePlan().rollback,
        steps: [
          told.exampleStep('rollback.1', 'Revert to previous version', { kind: 'revert', part: 'previous-version' }),
        ],
      },
      acceptanceCriteria: [],
    });
    for (const story of [told.undone(told.degraded({ plan })), told.rolledBackByErrorRate({ plan })])
      expect(at(story, 101)).toEqual([
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
    const back = (story: told.Story) =>
      view(story.when((time) => ({ type: 'TriggerRollback', trigger, reason: 'customers complain', at: time })));
    const words = ({ verdicts }: ReturnType<typeof view>) =>
      verdicts.filter(({ kind }) => kind !== 'criterion' && kind !== 'documentation').map(({ verdict }) => verdict);
    expect(words(back(told.watched()))).toEqual([
      ...Array.from({ length: 5 }, () => 'succeeded'),
      'not-pulled',
      'passed',
      'passed',
      'unknown',
    ]);
    const early = told.ready().perform(told.goodSteps, 'deploy.2');
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

  it('tells of a check that was not made, also where one of another kind has its title', () => {
    const plan = told.examplePlan();
    const [health] = plan.healthChecks;
    const story = told
      .executed({ plan: { ...plan, healthChecks: [{ ...health!, title: 'User Login' }] } })
      .when((time) => ({ type: 'BeginChecks', purpose: 'verification', token: 1, host: 'host-1', at: time }))
      .when((time) => ({
        type: 'RecordChecks',
        purpose: 'verification',
        token: 1,
        results: [told.login(false)],
        at: time,
      }));
    expect(at(story, 112)).toMatchObject([{ kind: 'check', verdict: 'failed' }]);
    expect(at(story, 124)).toMatchObject([{ kind: 'check', verdict: 'not-reached', text: 'User Login' }]);
  });

  it('says of a rollback what of the document does not apply to it', () => {
    const done = told.success();
    const { rollbackPoint, steps } = done.state as Extract<typeof done.state, { status: 'succeeded' }>;
    const rule = { kind: 'deployment' as const, service: 'ledger', range: '1.0.0', environment: 'production' };
    const plan = told.examplePlan({ blockedBy: [{ text: 'ledger 1.0.0', rule, source: { line: 180 } }] });
    const inherited = { deployment: 'd0', rollbackPoint, steps };
    const story = told.planned({ kind: 'rollback', plan, inherited });
    for (const line of [160, 180])
      expect(at(story, line)).toMatchObject([
        { verdict: 'unknown', text: expect.stringContaining('not applicable to a rollback') },
      ]);
    for (const line of [112, 124, 142]) expect(at(story, line)).toMatchObject([{ verdict: 'not-needed' }]);
  });

  it('tells of each Blocked By whether it is there, and by what', () => {
    const rule = { kind: 'deployment' as const, service: 'ledger', range: '1.0.0', environment: 'production' };
    const text = 'deployment of ledger 1.0.0 to production';
    const plan = told.examplePlan({ blockedBy: [{ text, rule, source: { line: 180 } }] });
    const drafted = told
      .requested()
      .when(() => ({ type: 'DraftPlan', plan, digest: 'sha256:p', commit: null, warnings: [], inherited: null }));
    expect(at(drafted, 180)).toMatchObject([{ kind: 'relation', verdict: 'waiting' }]);
    const by = 'ledger 1.0.0 runs in production';
    const cleared = drafted.when((time) => ({ type: 'ClearBlockers', satisfied: [{ text, by }], at: time }));
    expect(at(cleared, 180)).toMatchObject([{ kind: 'relation', verdict: 'met', text: by }]);
    expect(factsOn(cleared, 180, 'relation')).toEqual(['BlockersCleared']);
  });

  it('tells what the preflight found about a line, and that it was overridden, once', () => {
    const finding = { code: 'disk', subject: 'disk', ok: false, blocking: true, message: 'is full', line: 32 };
    const plan = told.examplePlan({ overridable: ['disk'] });
    const preflight = (story: told.Story) => at(story, 32).filter(({ kind }) => kind !== 'step');
    const later = { ...finding, ok: true, message: 'is read after step deploy.1; now: 2 of 12 tests failed' };
    expect(preflight(told.planned({ plan, findings: [later] }))).toMatchObject([
      { kind: 'preflight', verdict: 'fine' },
    ]);
    expect(preflight(told.planned({ plan, findings: [finding] }))).toMatchObject([
      { kind: 'preflight', verdict: 'failed', text: 'disk: is full' },
    ]);
    const overrides = [{ code: 'disk', reason: 'cleaned up' }];
    expect(preflight(told.planned({ plan, findings: [finding], overrides }))).toMatchObject([
      { kind: 'preflight', verdict: 'overridden', text: expect.stringContaining('cleaned up'), evidence: [{}, {}] },
    ]);
  });

  it('tells beside what was revoked who did so', () => {
    const story = told.success();
    const evidence = at(story, 30)[0]?.evidence[0];
    const revoked = story.when((time) => ({
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
  const { overrides, sentence } = view(told.overridden());

  it('are told apart, with who asked and why', () => {
    expect(overrides).toEqual([
      expect.objectContaining({ code: 'rollback-target', by: 'robin', reason: '1.1.0 is known to work' }),
      expect.objectContaining({ code: 'disk', subject: 'disk', message: 'has less than 1 GiB left' }),
    ]);
  });

  it('are part of the state in words', () => {
    expect(sentence).toContain('in spite of rollback-target, overridden by robin: 1.1.0 is known to work');
  });
});

describe('as Markdown', () => {
  it('begins with the state and what was overridden', () => {
    const text = documentMarkdown(view(told.overridden()));
    expect(text.split('\n')[0]).toMatch(/^> orders-api 1\.2\.0 to production \(deployment d1\): /);
    expect(text).toContain('> disk (disk: has less than 1 GiB left) was overridden by robin');
    expect(text).toContain('\n# Deployment\n');
  });

  it('tells of a plan that there is no document', () => {
    const text = documentMarkdown(view(told.success(), null));
    expect(text).toContain('> The request brought a plan and no document.');
    expect(text).toContain('(line 30)');
  });
});
