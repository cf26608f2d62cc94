import {
  deployment,
  deploymentStream,
  underlying,
  type DeploymentEvent,
  type DeploymentState,
} from '@backstay/deployment';
import { stepDeploymentOf, type StepDeployment } from '@backstay/steps';
import type { Platform } from '@backstay/service-kit';

type Streams = Pick<Platform, 'store'>;

/** Another deployment's state, as its stream tells it. */
export async function foldOf({ store }: Streams, id: string): Promise<DeploymentState> {
  const events = await store.read<DeploymentEvent>(deploymentStream(id));
  return events.reduce(
    (state, { type, data }) => deployment.evolve(state, { type, data } as DeploymentEvent),
    deployment.initialState,
  );
}

/** A succeeded deployment that is taken back is undone where it was done: in its own workspace. */
export async function deploymentOf(streams: Streams, state: DeploymentState): Promise<StepDeployment> {
  const own = stepDeploymentOf(state);
  if (own.of === own.id) return own;
  const original = underlying(await foldOf(streams, own.of));
  return original.status === 'none' ? own : stepDeploymentOf(state, original.request.workspace ?? own.of);
}
