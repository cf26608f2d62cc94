import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { runs } from '@backstay/event-sourcing/testing';
import { projectBatch, type ProjectionSink, type RecordedEvent } from '@backstay/event-sourcing';
import { deployment, isEnded } from '@backstay/deployment';
import { steps } from '../steps.ts';
import * as given from '../testing/index.ts';
import { why } from '../why/index.ts';
import { endsOf } from './summary.ts';
import { deploymentSummary, publicSummary, summaryOf, type SummaryRow } from './index.ts';

/** Rows as a store keeps them: as JSON. */
function sink() {
  const rows = new Map<string, string>();
  const port: ProjectionSink = {
    checkpoint: () => Promise.resolve(null),
    load: (keys) =>
      Promise.resolve(
        new Map(keys.filter((key) => rows.has(key)).map((key) => [key, JSON.parse(rows.get(key) ?? '') as unknown])),
      ),
    commit: (changes) => {
      for (const { key, body } of changes)
        if (body === null) rows.delete(key);
        else rows.set(key, JSON.stringify(body));
      return Promise.resolve();
    },
  };
  return { port, row: (key: string) => JSON.parse(rows.get(key) ?? 'null') as SummaryRow | null };
}

const rowOf = (events: readonly RecordedEvent[], row?: SummaryRow): SummaryRow | undefined =>
  events.reduce<SummaryRow | undefined>(
    (current, event) => deploymentSummary.evolve(current, event, 'd1') ?? undefined,
    row,
  );

/** The row as it was kept before it was the reply: a sentence without what is appended to it, a hold without its ends. */
function asEarlier({ held, fold, ...row }: SummaryRow): SummaryRow {
  const { complete: _complete, sentence = '', ...earlier } = fold;
  const hold = held && { ...held, ends: undefined };
  return JSON.parse(JSON.stringify({ ...row, sentence, held: hold, fold: earlier })) as SummaryRow;
}

const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe.each(Object.entries(given.scenarios))(
  'the summary of a deployment that is reported as: %s',
  (_name, scenario) => {
    const { events } = scenario();

    it('has the status that the aggregate has, after each event', () => {
      let state = deployment.initialState;
      for (const [index, event] of events.entries()) {
        state = deployment.evolve(state, event);
        expect(summaryOf(events.slice(0, index + 1))?.status).toBe(state.status);
      }
    });

    it('is the same from a prefix of the stream as from the rows that were folded in batches', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 12 }), async (sizes) => {
          const { port, row } = sink();
          let done = 0;
          for (const size of [...sizes, events.length]) {
            const batch = events.slice(done, done + size);
            done += batch.length;
            await projectBatch(deploymentSummary, port, batch);
            const stored = row('d1');
            expect(stored && asJson(publicSummary(stored))).toEqual(asJson(summaryOf(events.slice(0, done))));
          }
        }),
        runs(20),
      );
    });

    it('is what its row says beside what only the projection reads', () => {
      for (const [index, event] of events.entries()) {
        const row = rowOf(events.slice(0, index + 1));
        const { fold, ...shown } = row ?? {};
        expect(fold?.complete).toBe(true);
        expect(asJson(shown)).toEqual(asJson(summaryOf(events.slice(0, event.version))));
      }
    });

    it('goes on from a row that an earlier version wrote, which stays incomplete', () => {
      for (const [index] of events.entries()) {
        const before = rowOf(events.slice(0, index));
        const row = rowOf(events.slice(index), before && asEarlier(before));
        expect(row && asJson(publicSummary(row))).toEqual(asJson(summaryOf(events)));
        expect(row?.fold.complete).toBe(index === 0 ? true : undefined);
      }
    });

    it('keeps its row small', () => {
      const row = events.reduce<SummaryRow | undefined>(
        (current, event) => deploymentSummary.evolve(current, event, 'd1') ?? undefined,
        undefined,
      );
      expect(JSON.stringify(row).length).toBeLessThan(2_500);
    });
  },
);

describe('a rollback of a deployment that has ended', () => {
  const taken = given.success().events;
  const back = given.requested({ id: 'd2', kind: 'rollback', of: 'd1', second: 100 }).events;

  it('touches its row too, which is then no longer the whole reply', () => {
    expect(back.flatMap((event) => deploymentSummary.keys(event))).toEqual(['d2', 'd1']);
    const [before, after] = [rowOf(taken)!, rowOf(back, rowOf(taken))!];
    expect(after).toEqual({ ...before, fold: { ...before.fold, complete: false } });
  });

  it('makes no row of one that nobody knows', () => expect(rowOf(back)).toBeUndefined());
});

describe('the summary of a deployment', () => {
  it('reports that it is a rehearsal, and how long its rollback took beside the estimate', () => {
    const { kind, status, rollback, sentence } = summaryOf(given.rehearsed().events) ?? {};
    expect({ kind, status }).toEqual({ kind: 'rehearsal', status: 'rolled-back-verified' });
    expect(rollback).toEqual({ trigger: 'rehearsal', measuredMs: expect.any(Number), estimatedMs: 120_000 });
    expect(sentence).toContain('rolled back because it is a rehearsal; version 1.1.0 was restored and verified');
  });

  it('reports what triggered a rollback, also while it goes on', () => {
    const rollback = { trigger: 'limit', measuredMs: null, estimatedMs: null };
    expect(summaryOf(given.degraded().events)?.rollback).toEqual(rollback);
    expect(summaryOf(given.success().events)?.rollback).toBeUndefined();
  });

  it('reports a success with what proved it', () => {
    expect(summaryOf(given.success().events)).toMatchObject({
      id: 'd1',
      service: 'orders-api',
      version: '1.2.0',
      previousVersion: '1.1.0',
      environment: 'production',
      kind: 'deployment',
      status: 'succeeded',
      phase: 'monitoring',
      planDigest: 'sha256:plan',
      steps: { done: 5, total: 5 },
      sentence:
        'succeeded: version 1.2.0 runs in production; 1 smoke test and 1 health check passed; 1 metric stayed within the limits',
    });
  });

  it('reports a rollback with its reason, what was restored and how long it took', () => {
    const summary = summaryOf(given.rolledBackByErrorRate().events);
    expect(summary).toMatchObject({
      status: 'rolled-back-verified',
      phase: 'rollback',
      steps: { done: 5, total: 5 },
      rollbackSteps: { done: 3, total: 3 },
    });
    expect(summary?.sentence).toMatch(
      /^rolled back because error rate was 9\.8 % \(limit 5 % for 5 s, line 142\); version 1\.1\.0 was restored and verified in \d+ s$/,
    );
    expect(summary?.reason).toBe('error rate was 9.8 % (limit 5 % for 5 s, line 142)');
  });

  it('says why a rollback is not verified', () => {
    const { events } = given.restored(given.degraded(), [given.login(false)]);
    const summary = summaryOf(events);
    expect(summary?.status).toBe('rolled-back-unverified');
    expect(summary?.sentence).toContain('but not verified: User Login: responded with 500');
  });

  it('never says that a version was restored which nobody has seen run', () => {
    const seen = { ...given.login(false), title: 'Version', reason: 'serves 1.2.0, not 1.1.0' };
    for (const results of [[], [seen]]) {
      const sentence = summaryOf(given.restored(given.degraded(), results).events)?.sentence;
      expect(sentence).toMatch(/its steps were undone in .* to go back to version 1\.1\.0, but not verified: /);
      expect(sentence).not.toContain('was restored');
    }
    const served = { ...seen, served: '1.2.0' };
    const found = summaryOf(given.restored(given.degraded(), [served]).events)?.sentence;
    expect(found).toMatch(/serves 1\.2\.0, not 1\.1\.0; version 1\.2\.0 runs now$/);
  });

  it('says of a healthy service which does not say its version that the deployer alone was believed', () => {
    const { served: _served, ...silent } = given.health();
    const { events } = given.restored(given.degraded(), [given.login(), silent]);
    expect(summaryOf(events)).toMatchObject({
      status: 'rolled-back-unverified',
      sentence: expect.stringMatching(
        /to go back to version 1\.1\.0, but not verified: the deployer switched to 1\.1\.0; the service did not say its version$/,
      ),
    });
  });

  it('says of a first deployment that nothing was there to be restored', () => {
    const summary = summaryOf(given.restored(given.degraded({ running: null }), [], null).events);
    expect(summary).toMatchObject({ status: 'rolled-back-unverified', previousVersion: null });
    expect(summary?.sentence).toContain('its steps were undone');
  });

  it('says what a rollback that failed has left', () => {
    const { events } = given.undone(given.degraded(), given.previous, {
      'rollback.1': { outcome: { status: 'failed', reason: 'exit 2' } },
    });
    const summary = summaryOf(events);
    expect(summary?.status).toBe('rollback-failed');
    expect(summary?.sentence).toContain('not put back: rollback.1');
  });

  it('knows no service where the document was not understood and names none', () => {
    expect(summaryOf(given.rejected().events)).toMatchObject({
      problemCount: 2,
      service: null,
      version: null,
      environment: 'production',
      status: 'rejected',
      phase: 'planning',
      planDigest: null,
      sentence: 'rejected: `[version number]` is not filled in (line 12), and 1 more problem',
    });
  });

  it.each([
    ['as far as its scope says so', 'ledger', '`2.0.0`', { service: 'ledger', version: '2.0.0' }],
    ['and takes no placeholder for a name', '[service name]', '2.0.0', { service: null, version: '2.0.0' }],
  ])('names what a refused document is about, %s', (_, name, version, known) => {
    const document = `# D\n\n## Deployment Scope\n\n- Name: ${name}\n- Version: ${version}\n\n## Dependencies\n- Name: x`;
    const { events } = given.rejected({ document });
    expect(summaryOf(events.slice(0, 1))).toMatchObject({ service: null, version: null });
    expect(summaryOf(events)).toMatchObject({ ...known, environment: 'production', status: 'rejected' });
  });

  it('never shows an invalid request as accepted, at any version', () => {
    const problems = [{ line: 1, column: 1, severity: 'error' as const, code: 'invalid_type', message: '/rehearse' }];
    const { events } = given.requested({ problems });
    expect(events.map(({ type }) => type)).toEqual(['DeploymentRequested', 'DeploymentRejected']);
    const statuses = [events.slice(0, 1), events].map((seen) => summaryOf(seen)?.status);
    expect(statuses).toEqual(['rejected', 'rejected']);
    expect(summaryOf(events)).toMatchObject({ reason: '/rehearse', problemCount: 1, statusVersion: 2 });
  });

  it('names of a problem of the request no line of the document', () => {
    const scenario = given.requested().when((at) => {
      const problem = { line: 1, column: 1, severity: 'error' as const, code: 'environment-mismatch' };
      const problems = [{ ...problem, message: 'the request is for stagging', of: 'request' as const }];
      return { type: 'RejectDeployment', because: 'document', problems, at };
    });
    expect(summaryOf(scenario.events)?.reason).toBe('the request is for stagging');
  });

  describe('reports which commands end a hold:', () => {
    const held = (hold: object, scenario = given.drafted()) => {
      const details = { why: 'w', duty: 'on-call', step: null, winner: null, until: given.secondsIn(3_600), ...hold };
      return scenario.when((at) => ({ type: 'HoldDeployment', code: 'blocked-by', ...details, at }));
    };
    const ends = ({ events }: ReturnType<typeof held>) => summaryOf(events)?.held?.ends;

    it('none where it ends by itself', () => {
      expect(ends(given.heldByAnother())).toEqual([]);
    });

    it('a word for each line that waits for one, until it is given', () => {
      const duty = { verb: 'confirmed' as const, duty: 'on-call' };
      const line = (number: number) => ({
        text: `#${number}`,
        rule: { kind: 'manual' as const, duty },
        source: { line: number },
      });
      const plan = given.examplePlan({ blockedBy: [line(180), line(182)] });
      const waiting = given.requested().when(() => ({
        type: 'DraftPlan',
        plan,
        digest: 'sha256:plan',
        commit: null,
        warnings: [],
        inherited: null,
      }));
      const scenario = held({}, waiting);
      expect(ends(scenario)).toEqual(['backstay confirm d1 180 --reason …', 'backstay confirm d1 182 --reason …']);
      scenario.when((at) => ({ type: 'ConfirmCriterion', line: 180, by: 'robin', reason: 'it is there', at }));
      expect(ends(scenario)).toEqual(['backstay confirm d1 182 --reason …']);
    });

    it.each([
      ['manual', 'deploy.4', 'backstay confirm d1 deploy.4 --reason …'],
      ['unknown-outcome', 'deploy.4', 'backstay resolve d1 deploy.4 --outcome completed|failed|retry --reason …'],
      ['no-data', 'watch', 'backstay resolve d1 watch --outcome completed|failed|retry --reason …'],
    ] as const)('a decision on what it waits for: %s', (code, step, command) => {
      expect(endsOf('d1', { code, step, why: '', duty: 'operator', until: '' }, [])).toEqual([command]);
    });
  });

  it('says what it waits for, and forgets it when it goes on', () => {
    const held = given.heldByAnother();
    expect(summaryOf(held.events)).toMatchObject({
      status: 'held',
      phase: 'planning',
      held: { why: 'deployment d9 holds the environment', duty: null },
    });
    const claim = { stream: 'environment-orders-api.production', version: 5 };
    held.when((at) => ({ type: 'RequestPreflight', claim, running: null, verifiedGood: null, quarantined: [], at }));
    expect(summaryOf(held.events)?.held).toBeUndefined();
    expect(summaryOf(held.events)?.status).toBe('planning');
  });

  it('marks a name that merely came with the request', () => {
    expect(summaryOf(given.requested({ requestedBy: 'release-bot' }).events)?.requestedBy).toBe(
      'release-bot (claimed)',
    );
    expect(summaryOf(given.requested({ requestedBy: 'release-bot', actor: given.operator }).events)?.requestedBy).toBe(
      'operator',
    );
    expect(
      summaryOf(given.requested({ actor: { kind: 'service', name: 'ci', claimed: true } }).events)?.requestedBy,
    ).toBe('ci (claimed)');
  });

  it('moves the version that conditional requests compare only with status, plan and approval', () => {
    const { events } = given.success();
    const moved = events
      .filter(({ version }) => summaryOf(events.slice(0, version))?.statusVersion === version)
      .map(({ type }) => type);
    expect(moved).toEqual([
      'DeploymentRequested',
      'PlanDrafted',
      'DeploymentPlanned',
      'ExecutionCompleted',
      'VerificationPassed',
      'DeploymentSucceeded',
    ]);
    expect(summaryOf(events)?.streamVersion).toBe(events.length);
  });

  it('reads past a type of a later version, and counts it', () => {
    const { events } = given.success();
    const last = events.at(-1)!;
    const strange = { ...last, version: last.version + 1, type: 'SomethingNew', data: {} } as RecordedEvent;
    expect(summaryOf([...events, strange])).toEqual({ ...summaryOf(events), streamVersion: last.version + 1 });
  });

  it('does not hear the measurements', () => {
    expect(given.measuredStream([0.1], 30).flatMap((event) => deploymentSummary.keys(event))).toEqual([]);
  });

  it('counts the steps of a deployment of kind rollback by its only act', () => {
    const done = given.success({ id: 'd0' }).state;
    if (!isEnded(done) || done.rollbackPoint === null) throw new Error('the example ended otherwise');
    const inherited = { deployment: 'd0', rollbackPoint: done.rollbackPoint, steps: done.steps };
    const scenario = given.planned({ kind: 'rollback', inherited });
    expect(summaryOf(scenario.events)).toMatchObject({
      kind: 'rollback',
      of: 'd0',
      previousVersion: '1.2.0',
      version: '1.1.0',
      status: 'rolling-back',
      steps: { done: 0, total: 0 },
    });
    given.restored(scenario);
    expect(summaryOf(scenario.events)).toMatchObject({
      status: 'rolled-back-verified',
      steps: { done: 3, total: 3 },
      rollbackSteps: { done: 3, total: 3 },
    });
    expect(steps(scenario.events).find(({ id }) => id === 'deploy.1')).toMatchObject({
      status: 'succeeded',
      reason: 'done by deployment d0',
      attempts: [],
    });
  });

  it('says who took for good what could not be measured', () => {
    const plan = given.examplePlan();
    const asking = {
      ...plan,
      monitoring: { ...plan.monitoring, onNoData: { waitMs: 10_000, then: 'ask:operator' as const } },
    };
    const scenario = given
      .watched({ plan: asking })
      .later(20)
      .when((at) => ({
        type: 'FailMonitoring',
        reason: 'error rate had no data',
        metrics: [],
        range: null,
        token: 1,
        at,
      }));
    expect(summaryOf(scenario.events)).toMatchObject({
      status: 'held',
      phase: 'monitoring',
      held: { duty: 'operator', step: 'watch' },
    });
    scenario.when((at) => ({
      type: 'ResolveStep',
      step: 'watch',
      outcome: 'completed',
      by: 'operator',
      reason: 'the dashboard is fine',
      at,
    }));
    expect(summaryOf(scenario.events)).toMatchObject({ status: 'succeeded', steps: { done: 5, total: 5 } });
    expect(summaryOf(scenario.events)?.sentence).toContain(
      'operator took the watch as good enough: the dashboard is fine',
    );
    expect(
      why(scenario.events)
        ?.chain.slice(0, 4)
        .map(({ type }) => type),
    ).toEqual(['DeploymentSucceeded', 'StepResolved', 'DeploymentHeld', 'MonitoringFailed']);
  });

  it('of no stream is none', () => {
    expect(summaryOf([])).toBeNull();
  });
});
