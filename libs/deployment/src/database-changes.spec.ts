import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { runs } from '@backstay/event-sourcing/testing';
import type { Plan, Step } from '@backstay/document';
import { databaseOf, type DatabaseIdentities } from './database-identity.ts';
import { deployment } from './deployment.ts';
import type { DeploymentEvent } from './events.ts';
import { isEnded } from './state.ts';
import { decided, foldDeployment, histories, nextAt } from './testing/histories.ts';
import { examplePlan, exampleStep } from './testing/plans.ts';
import { at, minutes, passingChecks } from './testing/readings.ts';
import { exampleRequested } from './testing/requests.ts';

const orders = '${ORDERS_URL}';
const bills = 'postgres://127.0.0.1/bills';
/** Of the databases of one backup, one after the other. */
const takenAtOf = (index: number) => at(minutes(1 + index));
const takenAt = takenAtOf(0);

const backup = (id: string, urls: string[] = [orders]) =>
  exampleStep(id, { mutates: false, effect: 'idempotent', action: { kind: 'backup', engine: 'postgresql', urls } });
const change = (id: string, changesDatabase: Step['changesDatabase'] = 'any', more: Partial<Step> = {}) =>
  exampleStep(id, { changesDatabase, ...more });
const restore = (
  when: 'changed' | 'always' = 'changed',
  step = 'pre.1',
  id = 'rollback.1',
  dataLossMs: number | null = minutes(60),
) =>
  exampleStep(id, {
    title: 'Restore database to backup',
    action: {
      kind: 'restore',
      engine: 'postgresql',
      step,
      dataLossMs,
      ...(when === 'changed' && { when }),
    },
  });
const planOf = (steps: readonly Step[], rollback: readonly Step[] = [restore()]): Plan => {
  const plan = examplePlan();
  return { ...plan, steps: [...steps], rollback: { ...plan.rollback, steps: [...rollback] } };
};

type End = 'succeeded' | 'failed' | 'interrupted' | 'unknown' | 'skipped' | 'not reached';

/** What is recorded of a step that ended so. */
function recordedOf({ id, title, action, mutates, effect }: Step, end: End): readonly DeploymentEvent[] {
  const base = { step: id, attempt: 1, token: 1, at: at(minutes(1)) };
  if (end === 'not reached') return [];
  if (end === 'skipped')
    return [{ type: 'StepSkipped', data: { step: id, by: 'backstay', reason: 'only in staging', at: base.at } }];
  const started = { ...base, phase: 'execution', title, action: action.kind, effect, mutates, host: 'host-a' } as const;
  const files = action.kind === 'backup' ? action.urls.map((_, index) => ({ takenAt: takenAtOf(index) })) : [];
  const result = { files };
  const ends: Readonly<Record<Exclude<End, 'skipped' | 'not reached'>, readonly DeploymentEvent[]>> = {
    succeeded: [{ type: 'StepSucceeded', data: { ...base, result } }],
    failed: [{ type: 'StepFailed', data: { ...base, reason: 'exit code 1', willRetryAt: null } }],
    interrupted: [{ type: 'StepInterrupted', data: { ...base, reason: 'it was lost' } }],
    unknown: [{ type: 'StepUnknown', data: { ...base, reason: 'no record' } }],
  };
  return [{ type: 'StepStarted', data: started }, ...ends[end]];
}

type Done = readonly [step: Step, end: End];

const trigger = { kind: 'manual', text: 'it looks bad', line: null, by: 'operator' } as const;
const triggered = (): DeploymentEvent => ({
  type: 'RollbackTriggered',
  data: { trigger, reason: 'it looks bad', fromStatus: 'executing', at: at(minutes(2)) },
});

/** The history of a deployment whose steps went so, up to the plan of its rollback. */
function rolledBackAfter(
  plan: Plan,
  done: readonly Done[],
  databases?: DatabaseIdentities,
): readonly DeploymentEvent[] {
  const before = [...histories.ready(plan), ...done.flatMap(([step, end]) => recordedOf(step, end)), triggered()];
  const checks = { from: null, smokeTests: [], healthChecks: [] };
  const known = databases === undefined ? {} : { databases };
  return decided(before, {
    type: 'PlanRollback',
    token: 1,
    target: histories.earlier,
    checks,
    ...known,
    at: at(minutes(10)),
  });
}

const planned = (events: readonly DeploymentEvent[]) => {
  const event = events.find(({ type }) => type === 'RollbackPlanned');
  if (event?.type !== 'RollbackPlanned') throw new Error('no rollback was planned');
  return event.data;
};
const skipped = (events: readonly DeploymentEvent[]) =>
  events.flatMap((event) =>
    event.type === 'StepSkipped' && event.data.step.startsWith('rollback') ? [event.data] : [],
  );
const isRestored = (events: readonly DeploymentEvent[]): boolean => {
  const next = nextAt('rollback', events, at(minutes(10)));
  return next.kind === 'effect' && next.effect.kind === 'perform-step' && next.effect.step.action.kind === 'restore';
};

const reason = 'nothing that is recorded changed the database since the backup of pre.1';

describe('a backup is restored', () => {
  const made: Done = [backup('pre.1'), 'succeeded'];
  const migrate = change('deploy.1');
  const activate = exampleStep('deploy.2');

  it.each<[string, End]>([
    ['were applied', 'succeeded'],
    ['failed half way', 'failed'],
    ['were interrupted', 'interrupted'],
    ['ended as nobody knows', 'unknown'],
  ])('where migrations %s since', (_what, end) => {
    const events = rolledBackAfter(planOf([made[0], migrate]), [made, [migrate, end]]);
    expect(planned(events)).toMatchObject({ restores: [{ step: 'rollback.1', backup: 'pre.1', takenAt }] });
    expect(planned(events)).not.toHaveProperty('notRestored');
    expect(isRestored(events)).toBe(true);
  });

  it.each<[string, readonly Done[]]>([
    ['no step has come to the migrations yet', [made, [exampleStep('pre.2'), 'failed']]],
    ['the migrations were skipped', [made, [migrate, 'skipped'], [activate, 'failed']]],
    ['only other steps changed something', [made, [activate, 'succeeded']]],
    ['the migrations were applied before the backup', [[migrate, 'succeeded'], made, [activate, 'failed']]],
  ])('not where %s', (_what, done) => {
    const events = rolledBackAfter(planOf([made[0], exampleStep('pre.2'), migrate, activate]), done);
    expect(planned(events)).not.toHaveProperty('restores');
    expect(planned(events).notRestored).toEqual([{ step: 'rollback.1', backup: 'pre.1', reason }]);
    expect(skipped(events)).toEqual([{ step: 'rollback.1', by: 'backstay', reason, at: at(minutes(10)) }]);
    expect(isRestored(events)).toBe(false);
  });

  it('where nobody knows when migrations ended that were begun before it', () => {
    const done: readonly Done[] = [[migrate, 'interrupted'], made, [activate, 'failed']];
    expect(isRestored(rolledBackAfter(planOf([migrate, made[0], activate]), done))).toBe(true);
  });

  it('in any case where the document says so, and in plans that were recorded before that could be said', () => {
    const events = rolledBackAfter(planOf([made[0], activate], [restore('always')]), [made, [activate, 'failed']]);
    expect(planned(events).restores).toMatchObject([{ step: 'rollback.1', backup: 'pre.1' }]);
    expect(isRestored(events)).toBe(true);
  });

  it('where the rollback itself changes the database before it comes to that', () => {
    const own = [change('rollback.1'), restore('changed', 'pre.1', 'rollback.2')];
    const events = rolledBackAfter(planOf([made[0], activate], own), [made, [activate, 'failed']]);
    expect(planned(events).restores).toMatchObject([{ step: 'rollback.2' }]);
    const elsewhere = [change('rollback.1', 'any', { onlyIn: ['elsewhere'] }), own[1]!];
    const other = rolledBackAfter(planOf([made[0], activate], elsewhere), [made, [activate, 'failed']]);
    expect(planned(other)).not.toHaveProperty('restores');
  });

  it('where the undo of earlier migrations changes the database before it comes to that', () => {
    const undo = { kind: 'run' as const, commands: [{ text: 'down', argv: ['down'] }], shell: false };
    const up = change('pre.2', 'any', { undo });
    const revert = exampleStep('rollback.1', { action: { kind: 'revert', part: 'previous-version' } });
    const plan = planOf([up, made[0]], [revert, restore('changed', 'pre.1', 'rollback.2')]);
    const events = rolledBackAfter(plan, [[up, 'succeeded'], made]);
    expect(planned(events).restores).toMatchObject([{ step: 'rollback.2' }]);
  });

  it('of several databases only those that were changed, by the value of their names', () => {
    const both = backup('pre.1', [orders, bills]);
    const named = change('deploy.1', ['${BILLS_URL}']);
    const plan = {
      ...planOf([both, named]),
      environmentVariables: [
        {
          name: 'BILLS_URL',
          from: 'value' as const,
          value: bills.replace('postgres:', 'postgresql:'),
          source: { line: 1 },
        },
      ],
    };
    const done: readonly Done[] = [
      [both, 'succeeded'],
      [named, 'failed'],
    ];
    const events = rolledBackAfter(plan, done, new Map([[orders, databaseOf('postgres://127.0.0.1/orders')!]]));
    expect(planned(events)).toMatchObject({
      restores: [{ step: 'rollback.1', databases: [bills], takenAt: takenAtOf(1), dataLossMs: minutes(8) }],
      notRestored: [{ step: 'rollback.1', databases: [orders] }],
    });
    expect(isRestored(events)).toBe(true);
  });

  /** Two databases were backed up, and a step that changes one failed. */
  const afterChangeOf = (
    database: string,
    known: Readonly<Record<string, string>> = {},
    saved = 'postgres://127.0.0.1/orders',
  ) => {
    const [both, named] = [backup('pre.1', [saved, bills]), change('deploy.1', [database])];
    const done: readonly Done[] = [
      [both, 'succeeded'],
      [named, 'failed'],
    ];
    const databases = Object.entries(known).map(([url, value]) => [url, databaseOf(value)!] as const);
    return rolledBackAfter(planOf([both, named]), done, new Map(databases));
  };

  it.each([
    'postgresql://127.0.0.1/bills',
    'postgres://127.0.0.1:5432/bills',
    'postgres://migrator:${MIGRATOR_PASSWORD}@127.0.0.1/bills?sslmode=require',
    'postgres://127.0.0.1/%62ills',
    'postgres://migrator@/other?host=127.0.0.1&port=5432&dbname=bills',
    'postgres://bills:${PASSWORD}@127.0.0.1',
    'postgres://LOCALHOST./bills',
    'postgres://[::1]/bills',
    'postgres:///bills',
    'postgres://standby.example.org,127.0.0.1/bills',
  ])('also where it was changed under another spelling of its name: %s', (spelling) => {
    expect(planned(afterChangeOf(spelling))).toMatchObject({ restores: [{ databases: [bills] }] });
  });

  it.each([
    'postgres://127.0.0.1/bills_archive',
    'postgres://127.0.0.1:5433/bills',
    'postgres://127.0.0.2/bills',
    'postgres://127.0.0.1/bills?port=5433',
    'postgres://127.0.0.1/bills?dbname=archive',
    'postgres://standby.example.org,127.0.0.2/bills',
  ])('not where another one was changed: %s', (other) => {
    expect(planned(afterChangeOf(other))).not.toHaveProperty('restores');
  });

  const billsOf = (value: string) => ({ '${BILLS_URL}': value });

  it('where two secrets lead to one database, by their values', () => {
    const events = afterChangeOf('${BILLS_URL}', billsOf('postgres://migrator:pass@127.0.0.1/bills'));
    expect(planned(events)).toMatchObject({ restores: [{ databases: [bills] }] });
    const known = { ...billsOf('postgres://db/orders'), [orders]: 'postgres://owner@db/orders' };
    const both = afterChangeOf('${BILLS_URL}', known, orders);
    expect(planned(both)).toMatchObject({ restores: [{ databases: [orders] }], notRestored: [{ databases: [bills] }] });
  });

  it('not where two secrets lead to two', () => {
    expect(planned(afterChangeOf('${BILLS_URL}', billsOf('postgres://127.0.0.1/other')))).not.toHaveProperty(
      'restores',
    );
  });

  it.each([
    '${BILLS_URL}',
    'postgres://${HOST}/bills',
    'postgres://127.0.0.1/${NAME}',
    'postgres://x/bills?service=y',
    'postgres://x/bills?host=/run/postgresql',
    'host=127.0.0.1 dbname=other',
  ])('whole where nobody can say which was changed: %s', (unknown) => {
    expect(planned(afterChangeOf(unknown))).toMatchObject({ restores: [{ step: 'rollback.1' }] });
    expect(planned(afterChangeOf(unknown))).not.toHaveProperty('notRestored');
  });

  it('also where the URL of the backup is the one that nobody knows', () => {
    const events = afterChangeOf(bills, {}, orders);
    expect(planned(events)).not.toHaveProperty('notRestored');
  });

  it('by no step that has no backup: where something was changed it is refused when it is next, else it is skipped', () => {
    const plan = planOf([made[0], migrate]);
    const failed: Done = [made[0], 'failed'];
    expect(isRestored(rolledBackAfter(plan, [failed, [migrate, 'failed']]))).toBe(true);
    expect(isRestored(rolledBackAfter(plan, [[migrate, 'failed'], failed]))).toBe(true);
    expect(skipped(rolledBackAfter(plan, [failed]))).toMatchObject([{ step: 'rollback.1', reason }]);
  });
});

describe('a rollback that leaves a backup where it is', () => {
  const plan = planOf([backup('pre.1'), exampleStep('deploy.1')], [restore(), exampleStep('rollback.2')]);
  const events = rolledBackAfter(plan, [
    [backup('pre.1'), 'succeeded'],
    [exampleStep('deploy.1'), 'failed'],
  ]);

  it('ends verified by its checks alone', () => {
    const fenced = { token: 1, host: 'host-a', at: at(minutes(11)) };
    const end = decided(
      events,
      { type: 'BeginStep', step: 'rollback.2', ...fenced },
      { type: 'CompleteStep', step: 'rollback.2', attempt: 1, outcome: { status: 'succeeded' }, ...fenced },
      { type: 'RecordChecks', purpose: 'restoration', token: 1, results: passingChecks(), at: at(minutes(11)) },
    );
    expect(foldDeployment(end).status).toBe('rolled-back-verified');
  });

  it('that fails does not report it as not put back', () => {
    const fenced = { token: 1, host: 'host-a', at: at(minutes(11)) };
    const end = decided(
      events,
      { type: 'BeginStep', step: 'rollback.2', ...fenced },
      { type: 'CompleteStep', step: 'rollback.2', attempt: 1, outcome: { status: 'failed', reason: 'x' }, ...fenced },
    );
    expect(end.at(-1)).toMatchObject({
      type: 'RollbackFailed',
      data: { deviations: ['rollback.2 Step rollback.2: not done'] },
    });
    const early = deployment.decide(
      { type: 'FailRollback', reason: 'not finished by its deadline', at: at(minutes(40)) },
      foldDeployment(events.filter(({ type }) => type !== 'RollbackPlanned' && type !== 'StepSkipped')),
    );
    expect(early.at(-1)).toMatchObject({ data: { deviations: ['rollback.2 Step rollback.2: not done'] } });
  });

  it('is not begun where it was not skipped with the event before', () => {
    const planned = events.filter(({ type }) => type !== 'StepSkipped');
    const begin = { type: 'BeginStep', step: 'rollback.1', token: 1, host: 'host-a', at: at(minutes(11)) } as const;
    expect(deployment.decide(begin, foldDeployment(planned))).toMatchObject([
      { type: 'StepSkipped', data: { step: 'rollback.1', by: 'backstay', reason } },
    ]);
  });

  it('halts for no loss of data, as nothing is lost', () => {
    const strict = { ...plan, rollback: { ...plan.rollback, dataLossMs: null } };
    const steps = [restore('changed', 'pre.1', 'rollback.1', null)];
    const history = rolledBackAfter({ ...strict, rollback: { ...strict.rollback, steps } }, [
      [backup('pre.1'), 'succeeded'],
      [exampleStep('deploy.1'), 'failed'],
    ]);
    expect(isEnded(foldDeployment(history))).toBe(false);
  });
});

it('a rollback that was planned before backups could be left restores them', () => {
  const plan = planOf([backup('pre.1'), exampleStep('deploy.1')], [restore('always')]);
  const events = rolledBackAfter(plan, [[backup('pre.1'), 'succeeded']]).map((event) => {
    if (event.type !== 'RollbackPlanned') return event;
    const { notRestored: _none, ...data } = event.data;
    return { ...event, data };
  });
  expect(isRestored(events)).toBe(true);
});

it('a rollback of what succeeded decides by what was recorded then', () => {
  const steps = [backup('pre.1'), exampleStep('deploy.1')];
  const records = (done: readonly Done[], plan: Plan) => {
    const state = foldDeployment([...histories.ready(plan), ...done.flatMap(([step, end]) => recordedOf(step, end))]);
    if (!('steps' in state) || state.drafted === null) throw new Error('the example goes otherwise');
    const { rollbackPoint } = state;
    if (rollbackPoint === null) throw new Error('the example goes otherwise');
    return { deployment: 'd-0', rollbackPoint, steps: state.steps };
  };
  const askedFor = (plan: Plan, done: readonly Done[]) => {
    const inherited = records(done, plan);
    const running = { version: '1.1.0', commit: null, release: null, deployment: 'd-0' };
    const report = (phase: 'execution' | 'verification' | 'monitoring') =>
      ({ type: 'ReportPreflight', phase, findings: [], at: at(minutes(9)) }) as const;
    return decided(
      [],
      exampleRequested({ id: 'd-2', kind: 'rollback', of: 'd-0' }),
      { type: 'DraftPlan', plan, digest: 'sha256:plan', commit: null, warnings: [], inherited },
      { type: 'ClearBlockers', satisfied: [], at: at(0) },
      {
        type: 'RequestPreflight',
        claim: { stream: 'environment-notes.staging', version: 9 },
        running,
        verifiedGood: running,
        quarantined: [],
        at: at(0),
      },
      report('execution'),
      report('verification'),
      report('monitoring'),
    );
  };
  const restoredBy = (plan: Plan, done: readonly Done[]) => {
    const checks = { from: null, smokeTests: [], healthChecks: [] };
    const command = { type: 'PlanRollback', token: 1, target: histories.earlier, checks, at: at(minutes(10)) } as const;
    return isRestored(decided(askedFor(plan, done), command));
  };
  const made: Done = [steps[0]!, 'succeeded'];
  const changed = change('deploy.1');
  expect(restoredBy(planOf(steps), [made, [steps[1]!, 'succeeded']])).toBe(false);
  expect(restoredBy(planOf([steps[0]!, changed]), [made, [changed, 'succeeded']])).toBe(true);

  const strict = [restore('changed', 'pre.1', 'rollback.1', null)];
  const refused = askedFor(planOf([steps[0]!, changed], strict), [made, [changed, 'succeeded']]);
  expect(refused.at(-1)).toMatchObject({ type: 'DeploymentRejected' });
  expect(restoredBy(planOf(steps, strict), [made, [steps[1]!, 'succeeded']])).toBe(false);
});

describe('whatever was recorded', () => {
  const urls = [orders, bills];
  const aStep = fc.constantFrom<((id: string) => Step)[]>(
    (id) => exampleStep(id),
    (id) => change(id),
    (id) => change(id, [orders]),
    (id) => change(id, [bills]),
    (id) => change(id, ['postgres://127.0.0.1/others']),
  );
  const ends = fc.constantFrom<End[]>('succeeded', 'failed', 'interrupted', 'unknown', 'skipped', 'not reached');
  const others = fc.array(fc.tuple(aStep, ends), { maxLength: 4 });
  const aHistory = fc.record({ before: others, after: others, always: fc.boolean(), made: fc.boolean() });

  it('a database is restored if and only if a recorded change of it lies after its backup, or always', () => {
    let [restored, left] = [0, 0];
    fc.assert(
      fc.property(aHistory, ({ before, after, always, made }) => {
        const name = (list: typeof before, from: number): Done[] =>
          list.map(([step, end], index) => [step(`pre.${from + index}`), end]);
        const [earlier, later] = [name(before, 2), name(after, 10)];
        const own: Done = [backup('pre.1', urls), made ? 'succeeded' : 'failed'];
        const done = [...earlier, own, ...later];
        const plan = planOf(
          done.map(([step]) => step),
          [restore(always ? 'always' : 'changed')],
        );
        const known = new Map([[orders, databaseOf('postgres://127.0.0.1/orders')!]]);
        const events = rolledBackAfter(plan, done, known);
        // What the events say, read without the aggregate.
        const counts = ([, end]: Done) => !['skipped', 'not reached'].includes(end);
        const isOpen = ([, end]: Done) => ['interrupted', 'unknown'].includes(end);
        const relevant = [...(made ? earlier.filter(isOpen) : earlier.filter(counts)), ...later.filter(counts)];
        const changes = relevant.flatMap(([{ changesDatabase = [] }]) => changesDatabase);
        const expected = urls.filter((url) => always || changes.includes('any') || changes.includes(url));
        expect(isRestored(events)).toBe(expected.length > 0);
        expect(skipped(events).length).toBe(expected.length > 0 ? 0 : 1);
        if (expected.length > 0) restored += 1;
        else left += 1;
        if (!made || expected.length === 0) return;
        expect(planned(events).restores?.map(({ databases = urls }) => databases)).toEqual([expected]);
      }),
      runs(200),
    );
    expect(Math.min(restored, left)).toBeGreaterThan(0);
  });
});
