import type { EnvironmentState, ReleaseRef } from '@backstay/deployment';
import { isSameVersion, type Plan } from '@backstay/document';
import { deploymentIo, healthCheck, stepDeploymentOf, type StepContext } from '@backstay/steps';
import { NotAdoptable, type Found } from './running-service.ts';

/**
 * What commands of documents left, which no deployer knows: the last deployment here says how it is asked whether it is healthy and
 * which version it serves.
 * @throws {NotAdoptable} where no deployment is known to have put something here
 */
export async function commandedService(
  context: StepContext,
  { uncertain, running }: EnvironmentState,
  version: string,
  signal: AbortSignal,
): Promise<Found> {
  const id = uncertain ?? running?.deployment ?? null;
  if (id === null)
    throw new NotAdoptable(
      'the profile names no deployer, and no deployment here says how what runs is asked for its version',
    );
  const { state } = await context.deployments.load(id);
  const deployment = stepDeploymentOf(state);
  const { plan } = deployment;
  const { io, lookup, environment } = deploymentIo(context, state, deployment);
  const { redactorFor: mask, redact, open } = environment;
  const asked = { baseUrl: plan.baseUrl, variables: lookup, expectedVersion: version };
  const options = { ...io, mask, redact, open, ...asked, signal };
  const checks = [];
  for (const check of plan.healthChecks) checks.push(await healthCheck(check, options));
  return { running: releaseOf(plan, version), checks, reasons: reasonsAgainst(plan, id) };
}

function releaseOf(plan: Plan, version: string): ReleaseRef {
  const commit = isSameVersion(plan.version, version) ? (plan.commit ?? null) : null;
  return { version, commit, release: null, deployment: null };
}

function reasonsAgainst({ healthChecks }: Plan, id: string): readonly string[] {
  const isAsked = healthChecks.some(({ check }) => check.kind === 'version');
  return isAsked
    ? []
    : [`the document of deployment ${id} asks for no version, so nothing proves which version is served`];
}
