import { describe, expect, it } from 'vitest';
import { deployment } from './deployment.ts';
import type { DeploymentEvent } from './events.ts';
import { isEnded } from './state.ts';
import { decided, foldDeployment, histories, historyOf } from './testing/histories.ts';
import { examplePlan, exampleStep } from './testing/plans.ts';
import { at, minutes } from './testing/readings.ts';
import { exampleRequested } from './testing/requests.ts';
import { describeRestore, planRestores } from './restores.ts';

const { rollback } = examplePlan();
const restore = (dataLossMs: number | null = null) =>
  exampleStep('rollback.1', { action: { kind: 'restore', engine: 'postgresql', step: 'pre.1', dataLossMs } });
const planAccepting = (acceptedMs: number | null, own: number | null = null) =>
  examplePlan({
    steps: [
      exampleStep('pre.1', {
        action: { kind: 'backup', engine: 'postgresql', urls: ['${DATABASE_URL}'] },
        mutates: false,
      }),
      exampleStep('deploy.1'),
    ],
    rollback: { ...rollback, dataLossMs: acceptedMs, steps: [restore(own)] },
  });

const takenAt = at(minutes(1));

/** The example's history, in which the backup step has recorded when it was taken. */
function backedUp(events: readonly DeploymentEvent[]): readonly DeploymentEvent[] {
  return events.map((event) =>
    event.type === 'StepSucceeded' && event.data.step === 'pre.1'
      ? { ...event, data: { ...event.data, result: { files: [{ takenAt: at(minutes(2)) }, { takenAt }] } } }
      : event,
  );
}

const checks = { from: null, smokeTests: [], healthChecks: [] };
const planned = (minute: number) =>
  ({ type: 'PlanRollback', token: 1, target: histories.earlier, checks, at: at(minutes(minute)) }) as const;

describe('a rollback that restores a backup', () => {
  const rollingBack = (acceptedMs: number | null, own?: number) =>
    foldDeployment(backedUp(histories.rollingBack(planAccepting(acceptedMs, own))));

  it('says in its plan which backup, of when, and what would be lost', () => {
    const [event] = deployment.decide(planned(10), rollingBack(minutes(15)));
    expect(event).toMatchObject({
      type: 'RollbackPlanned',
      data: {
        restores: [{ step: 'rollback.1', backup: 'pre.1', takenAt, dataLossMs: minutes(9), acceptedMs: minutes(15) }],
      },
    });
  });

  it.each([
    ['more would be lost than the document accepts', minutes(8), undefined, 'accepted are 8 min'],
    ['more would be lost than the step accepts', minutes(15), minutes(8), 'accepted are 8 min'],
    ['nobody accepts any loss', null, undefined, 'nothing is accepted'],
  ])('when %s, halts before anything is taken back', (_when, accepted, own, words) => {
    const events = deployment.decide(planned(10), rollingBack(accepted, own));
    expect(events.map(({ type }) => type)).toEqual(['DeploymentHalted']);
    expect(events[0]?.data).toMatchObject({ reason: expect.stringContaining(words) });
    expect(events[0]?.data).toMatchObject({ reason: expect.stringContaining(`the backup of pre.1 from ${takenAt}`) });
    const halted = foldDeployment(events, rollingBack(accepted, own));
    expect(halted.status).toBe('halted');
    expect(() => deployment.decide(planned(10), halted)).toThrow('the deployment is halted');
  });

  it('of which nobody knows when its backup was taken, halts too', () => {
    const known = rollingBack(minutes(15));
    if (known.status !== 'rolling-back') throw new Error('the example goes otherwise');
    const steps = { ...known.steps, 'pre.1': { ...known.steps['pre.1']!, result: { files: [{ takenAt: 'once' }] } } };
    expect(deployment.decide(planned(2), { ...known, steps }).map(({ type }) => type)).toEqual(['DeploymentHalted']);
  });

  it('without a backup step in its list, reports none', () => {
    const state = foldDeployment(histories.rollingBack());
    expect(deployment.decide(planned(10), state)[0]?.data).not.toHaveProperty('restores');
  });
});

describe('a rollback of what has succeeded', () => {
  const original = foldDeployment(backedUp(histories.succeeded(planAccepting(minutes(15)))));
  if (!isEnded(original) || original.rollbackPoint === null) throw new Error('the example ended otherwise');
  const running = original.running;
  const inherited = { deployment: 'd-1', rollbackPoint: original.rollbackPoint, steps: original.steps };

  /** The history of the rollback up to its claim, and what the reports of the preflight at that minute bring. */
  const preflight = (minute: number) => {
    const { drafted } = original;
    if (drafted === null) throw new Error('the example has no plan');
    const asked = decided(
      historyOf(exampleRequested({ id: 'd-2', kind: 'rollback', of: 'd-1' })),
      { type: 'DraftPlan', ...drafted, warnings: [], inherited },
      { type: 'ClearBlockers', satisfied: [], at: at(0) },
      {
        type: 'RequestPreflight',
        claim: { stream: 'environment-notes.staging', version: 9 },
        running: running && { ...running, deployment: 'd-1' },
        verifiedGood: running,
        quarantined: [],
        at: at(0),
      },
    );
    const report = (phase: 'execution' | 'verification' | 'monitoring') =>
      ({ type: 'ReportPreflight', phase, findings: [], at: at(minutes(minute)) }) as const;
    return decided(asked, report('execution'), report('verification'), report('monitoring'));
  };

  it('begins while what would be lost is accepted', () => {
    expect(preflight(16).map(({ type }) => type)).toContain('RollbackTriggered');
  });

  it('is rejected before anything is touched when more would be lost than is accepted', () => {
    const last = preflight(17).at(-1);
    expect(last).toMatchObject({ type: 'DeploymentRejected', data: { because: 'preflight' } });
    expect(last?.data).toMatchObject({ problems: [{ code: 'data-loss' }] });
  });

  it('fails, and changes nothing, when the time went by between preflight and plan', () => {
    const begun = foldDeployment(preflight(16));
    const events = deployment.decide(planned(17), begun);
    expect(events.map(({ type }) => type)).toEqual(['DeploymentFailed']);
    expect(foldDeployment(events, begun)).toMatchObject({ status: 'failed', running: { deployment: 'd-1' } });
  });

  it('is reported beforehand', () => {
    expect(planRestores(original, at(minutes(10))).restores.map(describeRestore)).toEqual([
      `the backup of pre.1 from ${takenAt}, with the loss of all writes since (9 min; accepted are 15 min)`,
    ]);
  });
});
