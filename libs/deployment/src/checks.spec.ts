import { describe, expect, it } from 'vitest';
import type { Section } from '@backstay/document';
import type { DeploymentEvent } from './events.ts';
import type { ReleaseRef } from './values.ts';
import { decided, histories } from './testing/histories.ts';
import { examplePlan, exampleStep } from './testing/plans.ts';
import { at, minutes } from './testing/readings.ts';

const plan = examplePlan();
const looking = (section: Section) =>
  examplePlan({
    rollback: { ...plan.rollback, steps: [exampleStep('rollback.1', { action: { kind: 'section', section } })] },
  });

/** The events with which a rollback is planned whose only step looks at what it restored. */
function planned(section: Section, target: ReleaseRef | null, checks = plan): readonly DeploymentEvent[] {
  const before = histories.rollingBack(looking(section));
  const { smokeTests, healthChecks } = checks;
  const known = target === null ? { smokeTests: [], healthChecks: [] } : { smokeTests, healthChecks };
  return decided(before, {
    type: 'PlanRollback',
    token: 1,
    target,
    checks: { from: null, ...known },
    at: at(minutes(3)),
  }).slice(before.length);
}

describe.each(['health-checks', 'smoke-tests', 'critical-flows'] as const)('a step that looks at the %s', (section) => {
  it('when nothing ran before, is skipped as not applicable, never performed', () => {
    const [, skipped, ...others] = planned(section, null);
    expect(skipped).toMatchObject({ type: 'StepSkipped', data: { step: 'rollback.1', by: 'backstay' } });
    expect(skipped?.data).toMatchObject({ reason: expect.stringContaining('nothing ran before') });
    expect(others).toEqual([]);
  });

  it('when no check of the restored version is known, is skipped as not applicable', () => {
    const [, skipped] = planned(section, histories.earlier, examplePlan({ smokeTests: [], healthChecks: [] }));
    expect(skipped).toMatchObject({ type: 'StepSkipped' });
    expect(skipped?.data).toMatchObject({ reason: expect.stringContaining('of version 1.0.0 is known') });
  });

  it('when there is something to check, is performed', () => {
    expect(planned(section, histories.earlier).map(({ type }) => type)).toEqual(['RollbackPlanned']);
  });
});
