import { describe, expect, it } from 'vitest';
import { decided, foldDeployment, histories } from '../testing/histories.ts';
import { at, minutes, passingChecks } from '../testing/readings.ts';
import type { DeploymentEvent } from '../events.ts';
import type { ReleaseRef } from '../values.ts';
import { exampleStep, examplePlan } from '../testing/plans.ts';

/** Version 1.1.0 is taken back to this; its checks pass, or fail, and the service may say which version it is. */
function takenBackTo(target: ReleaseRef | null, passed = true, served?: string | null): readonly DeploymentEvent[] {
  const plan = examplePlan({ steps: [exampleStep('deploy.1')] });
  const undone = histories.rollbackPlanned(plan, target);
  const results = passingChecks(passed, served);
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

describe('what runs after a rollback that nothing verified', () => {
  const commanded = { ...histories.earlier, release: null };
  const after = (target: ReleaseRef | null, served?: string) => foldDeployment(takenBackTo(target, false, served));

  it('is what the service says it is: the version before, the new one, or another', () => {
    expect(after(commanded, 'v1.0.0')).toMatchObject({ running: commanded });
    expect(after(commanded, '1.1.0')).toMatchObject({ running: { version: '1.1.0', deployment: 'd-1' } });
    expect(after(commanded, '0.9.0')).toMatchObject({
      running: { version: '0.9.0', commit: null, release: null, deployment: null },
    });
    for (const served of ['v1.0.0', '1.1.0', '0.9.0'])
      expect(after(commanded, served)).not.toHaveProperty('isRunningUnknown');
  });

  it('is what the service says it is also where a deployer keeps releases', () => {
    expect(after(histories.earlier, '1.1.0')).toMatchObject({ running: { version: '1.1.0' }, verifiedGood: null });
  });

  it('is not said to be seen where the service does not say it, healthy as it may be', () => {
    const unseen = (target: ReleaseRef, passed: boolean) =>
      takenBackTo(target, passed, null).find((event) => event.type === 'DeploymentRolledBack')?.data.unverified;
    for (const passed of [true, false]) {
      expect(unseen(histories.earlier, passed)).toContain(
        'the deployer switched to 1.0.0; the service did not say its version',
      );
      expect(unseen(commanded, passed)).toContain(
        'the steps were to put back 1.0.0; the service did not say its version',
      );
    }
    expect(foldDeployment(takenBackTo(histories.earlier, true, null))).toMatchObject({
      status: 'rolled-back-unverified',
      running: histories.earlier,
      verifiedGood: null,
      quarantined: '1.1.0',
    });
  });

  it('is known by nobody where commands put it there and it does not say', () => {
    expect(after(commanded)).toMatchObject({ running: null, isRunningUnknown: true, verifiedGood: null });
  });

  it('is what the deployer switched to where it keeps releases, and nothing where nothing was there before', () => {
    expect(after(histories.earlier)).toMatchObject({ running: histories.earlier });
    expect(after(null)).toMatchObject({ running: null });
    for (const target of [histories.earlier, null]) expect(after(target)).not.toHaveProperty('isRunningUnknown');
  });

  it('is what was restored in a record of an earlier version, which says nothing else', () => {
    const events = takenBackTo(commanded, false).map((event) => {
      if (event.type !== 'DeploymentRolledBack') return event;
      const { running: _running, ...data } = event.data;
      return { ...event, data };
    });
    expect(foldDeployment(events)).toMatchObject({ running: commanded });
  });
});
