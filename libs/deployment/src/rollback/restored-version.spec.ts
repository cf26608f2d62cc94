import { describe, expect, it } from 'vitest';
import { decided, foldDeployment, histories } from '../testing/histories.ts';
import { at, minutes, passingChecks } from '../testing/readings.ts';
import type { DeploymentEvent } from '../events.ts';
import type { ReleaseRef } from '../values.ts';
import { exampleStep, examplePlan } from '../testing/plans.ts';

/** Version 1.1.0 is taken back to this; its checks pass, or fail. */
function takenBackTo(target: ReleaseRef, passed = true): readonly DeploymentEvent[] {
  const plan = examplePlan({ steps: [exampleStep('deploy.1')] });
  const undone = histories.rollbackPlanned(plan, target);
  const results = passingChecks(passed);
  return decided(undone, { type: 'RecordChecks', purpose: 'restoration', token: 1, results, at: at(minutes(6)) });
}

describe('a version that was deployed again and taken back to itself', () => {
  const again = { ...histories.earlier, version: '1.1.0' };

  it('runs, is verified good and is not quarantined', () => {
    expect(foldDeployment(takenBackTo(again))).toMatchObject({
      status: 'rolled-back-verified',
      running: again,
      verifiedGood: again,
      quarantined: null,
    });
  });

  it('is quarantined where nothing proves that what came back is good', () => {
    expect(foldDeployment(takenBackTo(again, false))).toMatchObject({
      status: 'rolled-back-unverified',
      quarantined: '1.1.0',
    });
  });

  it('is quarantined where another version came back', () => {
    expect(foldDeployment(takenBackTo(histories.earlier))).toMatchObject({ quarantined: '1.1.0' });
  });
});
