import { skipReason, type RecordedWeights } from '@backstay/deployment';
import { currentWeights } from '@backstay/traffic';
import { proxyAt, wordsOf, type StepDeployment, type StepGround } from '@backstay/steps';

/** What the servers weigh of every backend whose traffic a step moves here. One that cannot be read stops its step, before it changes anything. */
export async function recordWeights(
  reach: { readonly ground: StepGround; readonly deployment: StepDeployment },
  detach: AbortSignal,
): Promise<readonly RecordedWeights[]> {
  return Promise.all(
    places(reach.deployment).map(async ({ socket, backend }) => {
      try {
        const weights = await currentWeights(proxyAt(reach, socket, detach), backend);
        return { socket, backend, weights, problem: null };
      } catch (error) {
        detach.throwIfAborted();
        return { socket, backend, weights: null, problem: wordsOf(error, reach) };
      }
    }),
  );
}

function places({ plan }: StepDeployment): readonly Pick<RecordedWeights, 'socket' | 'backend'>[] {
  const moved = plan.steps
    .filter((step) => skipReason({ drafted: { plan } }, step) === null)
    .flatMap(({ action }) => (action.kind === 'traffic' ? [action] : []));
  return moved.filter(
    ({ socket, backend }, index) =>
      moved.findIndex((other) => other.socket === socket && other.backend === backend) === index,
  );
}
