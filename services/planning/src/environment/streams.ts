import type { DeploymentState } from '@backstay/deployment';
import type { CommandContext } from '@backstay/event-sourcing';
import type { Platform } from '@backstay/service-kit';

/** What a claim needs of the platform. */
export type ClaimPorts = Pick<Platform, 'deployments' | 'environments' | 'now'>;

export async function deploymentState(
  { deployments }: Pick<Platform, 'deployments'>,
  id: string,
): Promise<DeploymentState> {
  return (await deployments.load(id)).state;
}

/** Planning appends to a stream that is not the one of its effect, in the trace of the deployment that it is about. */
export async function byPlanning(
  { deployments, now }: Pick<Platform, 'deployments' | 'now'>,
  deploymentId: string,
): Promise<DatedContext> {
  const { traceparent } = await deployments.loadAtLeast(deploymentId, 1);
  return {
    actor: { kind: 'service', name: 'planning' },
    time: now(),
    correlation: deploymentId,
    ...(traceparent !== undefined && { traceparent }),
  };
}

export type DatedContext = CommandContext & { readonly time: string };
