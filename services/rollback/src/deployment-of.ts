import { underlying, type DeploymentState } from '@backstay/deployment';
import { stepDeploymentOf, type StepDeployment } from '@backstay/steps';
import type { Platform } from '@backstay/service-kit';

/** A succeeded deployment that is taken back is undone where it was done: in its own workspace. */
export async function deploymentOf(
  { deployments }: Pick<Platform, 'deployments'>,
  state: DeploymentState,
): Promise<StepDeployment> {
  const own = stepDeploymentOf(state);
  if (own.of === own.id) return own;
  const original = underlying((await deployments.load(own.of)).state);
  return original.status === 'none' ? own : stepDeploymentOf(state, original.request.workspace ?? own.of);
}
