import { describe, expect, it } from 'vitest';
import { summaryOf } from './deployment-summary/index.ts';
import { auditTrail } from './audit-trail.ts';
import * as given from './testing/index.ts';
import { examplePlan, exampleStep, goodSteps, operator, secondsIn, type Scenario } from './testing/index.ts';
import { why } from './why/index.ts';

const base = examplePlan();
const backup = exampleStep('pre.9', 'Back up', {
  kind: 'backup',
  engine: 'postgresql',
  urls: ['${DATABASE_URL}'],
});
const restore = exampleStep('rollback.1', 'Restore', {
  kind: 'restore',
  engine: 'postgresql',
  step: 'pre.9',
  dataLossMs: null,
});
const plan = (dataLossMs: number) =>
  examplePlan({ steps: [backup, ...base.steps], rollback: { ...base.rollback, dataLossMs, steps: [restore] } });
const takenAt = secondsIn(0);
const endings = { ...goodSteps, 'pre.9': { result: { files: [{ file: 'pre.9.dump', takenAt }] } } };
const trigger = { kind: 'manual' as const, text: 'it is slow', line: null, by: 'operator' };

const rollingBack = (accepted: number): Scenario =>
  given
    .watched({ plan: plan(accepted) }, endings)
    .when((at) => ({ type: 'TriggerRollback', trigger, reason: 'it is slow', at }), operator);

const result = {
  from: 'pre.9',
  takenAt,
  dataLossMs: 540_000,
  restored: [{ file: 'pre.9.dump', dropped: ['table public.coupons', 'view public.late'], droppedCount: 5 }],
};
const loss = `the backup of pre.9 from ${takenAt}`;
const done = `${loss} was restored, and the writes of 9 min since then are lost; 5 objects made since then were dropped: table public.coupons, view public.late, and 3 more`;

const entries = ({ events }: Scenario) => auditTrail(events).entries;

describe('a rollback that restores a backup', () => {
  it('says from its plan on what is restored and what is lost by it', () => {
    const scenario = rollingBack(3_600_000);
    const planned = given.undone(scenario, undefined, {});
    const before = planned.events.slice(0, planned.events.findIndex(({ type }) => type === 'RollbackPlanned') + 1);
    expect(summaryOf(before)).toMatchObject({
      restores: [{ step: 'rollback.1', backup: 'pre.9', takenAt, acceptedMs: 3_600_000, restored: false, dropped: [] }],
      sentence: expect.stringContaining(`it restores ${loss}, with the loss of all writes since (`),
    });
    const [record] = entries(planned).filter(({ type }) => type === 'RollbackPlanned');
    expect(record?.summary).toContain(`it restores ${loss}`);
  });

  it('says afterwards what is lost and what was dropped, in status, why and audit trail', () => {
    const scenario = given.undone(rollingBack(3_600_000), undefined, { 'rollback.1': { result } });
    const checks = [given.login(), given.health()];
    scenario.when((at) => ({ type: 'RecordChecks', purpose: 'restoration', token: 1, results: checks, at }));
    expect(summaryOf(scenario.events)).toMatchObject({
      status: 'rolled-back-verified',
      restores: [{ restored: true, dataLossMs: 540_000, droppedCount: 5 }],
      sentence: expect.stringContaining(done),
    });
    expect(why(scenario.events)?.sentence).toContain(done);
    const [record] = entries(scenario)
      .filter(({ data }) => (data as { step?: string }).step === 'rollback.1')
      .slice(-1);
    expect(record?.summary).toBe(`step rollback.1 succeeded: ${done}`);
  });

  it('that failed at its second database says what is lost all the same', () => {
    const outcome = { status: 'failed' as const, reason: 'databases put back: 1 of 2; it did not end' };
    const scenario = given.undone(rollingBack(3_600_000), undefined, { 'rollback.1': { outcome, result } });
    expect(summaryOf(scenario.events)).toMatchObject({
      status: 'rollback-failed',
      restores: [{ restored: true, dataLossMs: 540_000, droppedCount: 5 }],
      sentence: expect.stringContaining(done),
    });
  });

  it('that failed before it came to that says that nothing was restored', () => {
    const outcome = { status: 'failed' as const, reason: 'it did not end' };
    const scenario = given.undone(rollingBack(3_600_000), undefined, { 'rollback.1': { outcome } });
    expect(summaryOf(scenario.events)).toMatchObject({
      status: 'rollback-failed',
      sentence: expect.stringContaining('the backup of pre.9 was not restored'),
    });
  });

  it('that was not begun, as too much would be lost, says so', () => {
    const scenario = rollingBack(1_000).when((at) => ({
      type: 'PlanRollback',
      token: 1,
      target: null,
      checks: { from: null, smokeTests: [], healthChecks: [] },
      at,
    }));
    expect(summaryOf(scenario.events)).toMatchObject({
      status: 'halted',
      sentence: expect.stringContaining('more than is accepted, so nothing is taken back'),
    });
  });
});

describe('a rollback that leaves a backup where it is', () => {
  const unchanged = exampleStep('rollback.1', 'Restore', {
    kind: 'restore',
    engine: 'postgresql',
    step: 'pre.9',
    dataLossMs: null,
    when: 'changed',
  });
  const leaving = (): Scenario => {
    const rollback = { ...base.rollback, dataLossMs: 0, steps: [unchanged] };
    const scenario = given
      .watched({ plan: examplePlan({ steps: [backup, ...base.steps], rollback }) }, endings)
      .when((at) => ({ type: 'TriggerRollback', trigger, reason: 'it is slow', at }), operator);
    return given.undone(scenario, undefined, {});
  };
  const reason = 'nothing that is recorded changed the database since the backup of pre.9';

  it('says so from its plan on, with the reason', () => {
    const { events } = leaving();
    expect(summaryOf(events)).toMatchObject({
      status: 'rolling-back',
      notRestored: [{ step: 'rollback.1', backup: 'pre.9', reason }],
      sentence: expect.stringContaining(`the backup of pre.9 is not restored: ${reason}`),
    });
    expect(summaryOf(events)).not.toHaveProperty('restores');
  });

  it('says so afterwards, in status, why and audit trail', () => {
    const scenario = leaving();
    const checks = [given.login(), given.health()];
    scenario.when((at) => ({ type: 'RecordChecks', purpose: 'restoration', token: 1, results: checks, at }));
    const sentence = `the backup of pre.9 was not restored: ${reason}`;
    expect(summaryOf(scenario.events)).toMatchObject({
      status: 'rolled-back-verified',
      rollbackSteps: { done: 1, total: 1 },
      sentence: expect.stringContaining(sentence),
    });
    expect(why(scenario.events)?.sentence).toContain(sentence);
    const summaries = entries(scenario).map(({ summary }) => summary);
    expect(summaries).toContainEqual(expect.stringContaining(`the backup of pre.9 is not restored: ${reason}`));
    expect(summaries).toContainEqual(`step rollback.1 was skipped by backstay: ${reason}`);
  });
});
