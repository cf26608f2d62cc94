import type { Details } from '@backstay/deployers';
import type { DeployPart } from '@backstay/document';
import { withinTime } from '../bounded.ts';
import { succeeded, type StepEnd } from '../end.ts';
import { environmentFor } from '../environment.ts';
import { prepareDirectory } from '../layout.ts';
import { runningAs } from '../running-as.ts';
import { readinessOf, releaseLocation, type ReleaseLocation } from '../release-location.ts';
import type { ActionOf, StepTask } from '../task.ts';

/** Places, configures or activates the release, whatever the step names, in the order of a delivery. */
export function deliver(task: StepTask<ActionOf<'deploy'>>): Promise<StepEnd> {
  return withinTime(task, async (signal) => {
    const location = releaseLocation(task);
    let result: Details = { release: location.deployer.releaseOf(location.delivered) };
    for (const part of order.filter((each) => task.step.action.parts.includes(each))) {
      result = { ...result, ...(await parts[part](task, location, signal)) };
      signal.throwIfAborted();
    }
    return succeeded({ result });
  });
}

const order: readonly DeployPart[] = ['place', 'configure', 'activate'];

const parts: Readonly<
  Record<DeployPart, (task: StepTask, location: ReleaseLocation, signal: AbortSignal) => Promise<Details>>
> = {
  place: async (task, { deployer, delivered }) => deployer.place(delivered, await prepareDirectory(task)),
  configure: (task, { deployer, delivered }) => {
    const { STEP_KEY: _key, ...environment } = environmentFor(task).variables;
    return deployer.configure(delivered, environment);
  },
  activate: async (task, location, signal) => {
    const { deployer, delivered } = location;
    const { argument, lookup } = environmentFor(task);
    const start = delivered.delivery.start.argv.map(argument);
    const ready = readinessOf(task.deployment.plan);
    const starting = { ready, timeoutMs: task.step.timeoutMs, signal, ...runningAs(task, lookup) };
    const activated = await deployer.activate(delivered, start, starting);
    return { ...activated, ...(await tidied(location, task)) };
  },
};

/** Old releases go, never one that a rollback may need. What cannot be removed now is removed by a later deployment. */
async function tidied({ deployer, delivered }: ReleaseLocation, { state: { claim } }: StepTask): Promise<Details> {
  const kept = claim?.kept ?? [];
  const needed = [deployer.releaseOf(delivered), claim?.running?.release, claim?.verifiedGood?.release, ...kept];
  const pinned = needed.filter((name): name is string => typeof name === 'string');
  try {
    return await deployer.tidy(delivered, pinned);
  } catch (error) {
    return { pruned: [], notPruned: (error as Error).message };
  }
}
