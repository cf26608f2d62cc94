import { underlying } from '@backstay/deployment';
import type { Action, DeployPart } from '@backstay/document';
import { activate, configure, place, prune } from '@backstay/deployers';
import {
  deliverySite,
  environmentFor,
  prepareDirectory,
  readinessOf,
  succeeded,
  withinTime,
  type DeliverySite,
  type StepEnd,
} from '@backstay/steps';
import type { ExecutionTask } from '../execution-task.ts';

type Facts = Readonly<Record<string, unknown>>;

/** Places, configures or activates the release, whatever the step names, in the order of a delivery. */
export function performDelivery(task: ExecutionTask, { parts }: Extract<Action, { kind: 'deploy' }>): Promise<StepEnd> {
  return withinTime(task, async (signal) => {
    const site = deliverySite(task);
    let result: Facts = { release: site.release };
    for (const part of order.filter((each) => parts.includes(each))) {
      result = { ...result, ...(await performers[part](task, site, signal)) };
      signal.throwIfAborted();
    }
    return succeeded({ result });
  });
}

const order: readonly DeployPart[] = ['place', 'configure', 'activate'];

const performers: Readonly<
  Record<DeployPart, (task: ExecutionTask, site: DeliverySite, signal: AbortSignal) => Promise<Facts>>
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
  activate: async (task, site, signal) => {
    const { root, token, release, delivery } = site;
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
    return { restarted, durationMs, ...(await tidied(site, task)) };
  },
};

/** Old releases go, never one that a rollback may need. What cannot be removed now is removed by a later deployment. */
async function tidied({ root, token, release, delivery }: DeliverySite, { state }: ExecutionTask): Promise<Facts> {
  const whole = underlying(state);
  const claim = 'claim' in whole ? whole.claim : null;
  const pinned = [release, claim?.running?.release, claim?.verifiedGood?.release].filter(
    (name): name is string => typeof name === 'string',
  );
  try {
    return { pruned: await prune({ root, token, keep: delivery.keepReleases, pinned }) };
  } catch (error) {
    return { pruned: [], notPruned: (error as Error).message };
  }
}
