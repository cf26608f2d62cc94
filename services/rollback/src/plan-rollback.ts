import { activeState, type ReleaseRef, type RestorationChecks, type DeploymentCommand } from '@backstay/deployment';
import type { HealthCheck, Plan } from '@backstay/document';
import type { Platform, DeploymentContext } from '@backstay/service-kit';
import { knownDatabases, stepDeploymentOf, type StepContext } from '@backstay/steps';

/** Where to go back to, as it was recorded before the first step, and the checks by which it was once found good. */
export async function planRollback(
  platform: Pick<Platform, 'deployments'>,
  steps: StepContext,
  { state, token, now }: DeploymentContext,
): Promise<readonly DeploymentCommand[]> {
  const active = activeState(state);
  if (active.status !== 'rolling-back') return [];
  const target = active.rollbackPoint?.target ?? null;
  const checks = target === null ? none : await checksOf(platform, target, active.drafted.plan);
  const databases = knownDatabases(steps, stepDeploymentOf(state));
  return [{ type: 'PlanRollback', token, target, checks, databases, at: now() }];
}

const none: RestorationChecks = { from: null, smokeTests: [], healthChecks: [] };

/** The target's own last verified plan; of one that was adopted only what can be asked of any version is known. */
async function checksOf(
  platform: Pick<Platform, 'deployments'>,
  { deployment }: ReleaseRef,
  present: Plan,
): Promise<RestorationChecks> {
  const active = deployment === null ? null : activeState((await platform.deployments.load(deployment)).state);
  if (active?.status !== 'succeeded' || active.drafted === null)
    return { from: null, smokeTests: [], healthChecks: askable(present) };
  const { smokeTests, healthChecks } = active.drafted.plan;
  return { from: deployment, smokeTests, healthChecks };
}

function askable({ healthChecks, delivery }: Plan): readonly HealthCheck[] {
  const asksReadiness = healthChecks.some(({ check }) => check.kind === 'request');
  if (asksReadiness || delivery === null) return healthChecks;
  return [
    {
      title: 'Readiness',
      check: { kind: 'request', request: delivery.ready },
      origin: 'bindings',
      source: { line: 1 },
    },
    ...healthChecks,
  ];
}
