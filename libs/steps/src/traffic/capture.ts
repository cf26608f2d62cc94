import type { RecordedWeights } from '@backstay/document';
import { currentWeights } from '@backstay/traffic';
import { messageOf } from '../bounded.ts';
import { isHere, type Captured, type Preflight } from '../kind.ts';
import type { ActionOf, StepOf } from '../task.ts';
import { proxyAt } from './proxy.ts';

type Traffic = StepOf<ActionOf<'traffic'>>;

/** What the servers weigh of every backend whose traffic a step moves here. One that cannot be read stops its step, before it changes anything. */
export async function captureWeights(steps: readonly Traffic[], preflight: Preflight): Promise<Captured> {
  const weights = await Promise.all(placesOf(steps, preflight).map((place) => weightsAt(place, preflight)));
  return weights.length === 0 ? {} : { weights };
}

type Place = Pick<RecordedWeights, 'socket' | 'backend'>;

async function weightsAt({ socket, backend }: Place, preflight: Preflight): Promise<RecordedWeights> {
  try {
    const weights = await currentWeights(proxyAt(preflight, socket, preflight.detach), backend);
    return { socket, backend, weights, problem: null };
  } catch (error) {
    preflight.detach.throwIfAborted();
    return { socket, backend, weights: null, problem: messageOf(error, preflight) };
  }
}

function placesOf(steps: readonly Traffic[], { deployment: { plan } }: Preflight): readonly Place[] {
  const moved = steps.filter((step) => isHere(step, plan)).map(({ action }) => action);
  return moved.filter(
    ({ socket, backend }, index) =>
      moved.findIndex((other) => other.socket === socket && other.backend === backend) === index,
  );
}
