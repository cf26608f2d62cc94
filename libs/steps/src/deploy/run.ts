import { activate, configure, place, prune } from '@backstay/deployers';
import type { DeployPart } from '@backstay/document';
import { withinTime } from '../bounded.ts';
import { succeeded, type StepEnd } from '../end.ts';
import { environmentFor } from '../environment.ts';
import { prepareDirectory } from '../layout.ts';
import { readinessOf, releaseLocation, type ReleaseLocation } from '../release-location.ts';
import type { ActionOf, StepTask } from '../task.ts';

type Facts = Readonly<Record<string, unknown>>;

/** Places, configures or activates the release, whatever the step names, in the order of a delivery. */
export function deliver(task: StepTask<ActionOf<'deploy'>>): Promise<StepEnd> {
  return withinTime(task, async (signal) => {
    const location = releaseLocation(task);
    let result: Facts = { release: location.release };
    for (const part of order.filter((each) => task.step.action.parts.includes(each))) {
      result = { ...result, ...(await performers[part](task, location, signal)) };
      signal.throwIfAborted();
    }
    return succeeded({ result });
  });
}

const order: readonly DeployPart[] = ['place', 'configure', 'activate'];

const performers: Readonly<
  Record<DeployPart, (task: StepTask, location: ReleaseLocation, signal: AbortSignal) => Promise<Facts>>
> = {
  place: async (task, { root, token }) => {
    const { plan, commit } = task.deployment;
    const source = await prepareDirectory(task);
    const { changed } = await place({ root, token, source, version: plan.version, commit: commit ?? '' });
    return { placed: changed };
  },
  configure: async (task, { root, token, release }) => {
    const { STEP_KEY: _key, ...environment } = environmentFor(task).variables;
    const { changed, digest } = await configure({ root, token, release, deployment: task.deployment.id, environment });
    return { configured: changed, configurationDigest: digest };
  },
  activate: async (task, location, signal) => {
    const { root, token, release, delivery } = location;
    const start = delivery.start.argv.map(environmentFor(task).argument);
    const ready = readinessOf(task.deployment.plan);
    const { restarted, durationMs } = await activate({
      root,
      token,
      release,
      start,
      ready,
      timeoutMs: task.step.timeoutMs,
      signal,
    });
    return { restarted, durationMs, ...(await tidied(location, task)) };
  },
};

/** Old releases go, never one that a rollback may need. What cannot be removed now is removed by a later deployment. */
async function tidied({ root, token, release, delivery }: ReleaseLocation, { state }: StepTask): Promise<Facts> {
  const { claim } = state;
  const pinned = [release, claim?.running?.release, claim?.verifiedGood?.release].filter(
    (name): name is string => typeof name === 'string',
  );
  try {
    return { pruned: await prune({ root, token, keep: delivery.keepReleases, pinned }) };
  } catch (error) {
    return { pruned: [], notPruned: (error as Error).message };
  }
}
