import { describe, expect, it } from 'vitest';
import type { DeploymentCommand } from '../deployment.ts';
import { at, decided, examplePlan, foldDeployment, histories, minutes } from '../testing/index.ts';
import { deploymentWorkflow } from '../workflow.ts';

const asked: DeploymentCommand = {
  type: 'RequestPreflight',
  claim: { stream: 'environment-notes.staging', version: 1 },
  running: histories.earlier,
  verifiedGood: histories.earlier,
  quarantined: [],
  at: at(minutes(1)),
};
const report: DeploymentCommand = { type: 'ReportPreflight', phase: 'execution', findings: [], at: at(minutes(2)) };
const waiting = foldDeployment(
  decided(histories.drafted(), { type: 'ClearBlockers', satisfied: [], at: at(0) }, asked, report),
);
const baselineMs = examplePlan().monitoring.baselineMs;

describe('a preflight of which not everybody reports', () => {
  it('is waited for, beyond the time of the baseline, and not for ever', () => {
    const until = at(minutes(11) + baselineMs);
    expect(deploymentWorkflow.next('planning', waiting, at(minutes(10) + baselineMs))).toEqual({ kind: 'wait', until });
    expect(deploymentWorkflow.next('planning', waiting, until)).toEqual({
      kind: 'effect',
      effect: {
        kind: 'expire-preflight',
        missing: ['verification', 'monitoring'],
      },
    });
  });

  it('holds up a rollback for half a minute only', () => {
    const back = { ...waiting, kind: 'rollback' } as typeof waiting;
    expect(deploymentWorkflow.next('planning', back, at(minutes(1.5)))).toMatchObject({
      kind: 'effect',
      effect: { kind: 'expire-preflight' },
    });
  });
});
