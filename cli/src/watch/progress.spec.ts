import { describe, expect, it } from 'vitest';
import { auditEntry, planned } from '../testing/entries.test-support.ts';
import { progressOf } from './progress.ts';

const stateOf = (recorded: Parameters<typeof progressOf>[0], step: string) =>
  progressOf(recorded).steps.find(({ id }) => id === step);

describe('the progress of a deployment', () => {
  it('is empty before there is a plan', () => {
    expect(progressOf([auditEntry('DeploymentRequested')])).toEqual({ steps: [], checks: [], expectedChecks: 0 });
  });

  it('lists the steps of the plan as waiting, with their lines', () => {
    const { steps, expectedChecks } = progressOf([planned]);
    expect(steps.map(({ id, state, line }) => [id, state, line])).toEqual([
      ['pre.1', 'waiting', 21],
      ['deploy.1', 'waiting', 27],
      ['deploy.2', 'waiting', 28],
    ]);
    expect(expectedChecks).toBe(3);
  });

  it.each([
    ['StepSucceeded', {}, 'done'],
    ['StepFailed', { reason: 'exit 1', willRetryAt: null }, 'failed'],
    ['StepFailed', { reason: 'exit 1', willRetryAt: '2026-03-01T12:01:00Z' }, 'retrying'],
    ['StepInterrupted', { reason: 'rollback' }, 'interrupted'],
    ['StepUnknown', { reason: 'no record' }, 'unknown'],
    ['StepSkipped', { reason: 'not applicable' }, 'skipped'],
    ['StepConfirmed', {}, 'done'],
    ['StepResolved', { outcome: 'completed' }, 'done'],
    ['StepResolved', { outcome: 'failed' }, 'failed'],
    ['StepResolved', { outcome: 'retry' }, 'running'],
  ])('after %s %j shows the step as %s', (type, data, state) => {
    const recorded = [
      planned,
      auditEntry('StepStarted', { step: 'pre.1', attempt: 1 }, 1),
      auditEntry(type, { step: 'pre.1', ...data }, 3),
    ];
    expect(stateOf(recorded, 'pre.1')?.state).toBe(state);
  });

  it('knows when a step began and ended, and forgets the end of an earlier attempt', () => {
    const first = [
      planned,
      auditEntry('StepStarted', { step: 'pre.1', attempt: 1 }, 1),
      auditEntry('StepSucceeded', { step: 'pre.1', attempt: 1 }, 3),
    ];
    expect(stateOf(first, 'pre.1')).toMatchObject({
      startedAt: '2026-03-01T12:00:01.000Z',
      endedAt: '2026-03-01T12:00:03.000Z',
    });
    const second = [...first, auditEntry('StepStarted', { step: 'pre.1', attempt: 2 }, 5)];
    expect(stateOf(second, 'pre.1')).toMatchObject({ state: 'running', attempt: 2, endedAt: undefined });
  });

  it('shows a step that no plan named', () => {
    expect(stateOf([auditEntry('StepStarted', { step: 'rollback.9' })], 'rollback.9')).toMatchObject({
      stage: 'rollback',
      state: 'running',
    });
  });

  it('keeps the last result of each check, also when the next ones start', () => {
    const failed = {
      purpose: 'verification',
      kind: 'smoke-test',
      title: 'User Login',
      passed: false,
      attempts: 1,
      observed: { status: 503 },
      reason: '503',
      line: 88,
    };
    const again = auditEntry('SmokeTestPassed', { ...failed, passed: true, reason: undefined });
    const health = auditEntry('HealthCheckPassed', { ...failed, kind: 'health-check', title: 'Version', passed: true });
    const { checks } = progressOf([auditEntry('SmokeTestFailed', failed), again, auditEntry('ChecksStarted'), health]);
    expect(checks.map(({ title, passed }) => [title, passed])).toEqual([
      ['User Login', true],
      ['Version', true],
    ]);
  });

  it('reports the rollback: its reason and its steps, beside those that ran before', () => {
    const recorded = [
      planned,
      auditEntry('RollbackTriggered', { reason: 'error rate was 9.8 %' }, 9),
      auditEntry('RollbackPlanned', { steps: [{ id: 'rollback.1', stage: 'deploy', title: 'Restart services' }] }, 10),
    ];
    const { trigger, steps } = progressOf(recorded);
    expect(trigger?.reason).toBe('error rate was 9.8 %');
    expect(steps.map(({ id, stage }) => `${stage} ${id}`)).toContain('rollback rollback.1');
    expect(steps).toHaveLength(4);
  });

  it('is not disturbed by events that it does not know', () => {
    expect(progressOf([planned, auditEntry('SomethingNew', { step: 7 })])).toEqual(progressOf([planned]));
  });
});
