import type { Plan } from '@backstay/document';
import type { DeploymentEvent } from '../events.ts';
import type { ReleaseRef } from '../release.ts';
import type { Running } from '../state.ts';

/** Whether the document has anything to watch for. */
export function isWatched({ monitoring }: Plan): boolean {
  return monitoring.source !== null && monitoring.watchMs > 0 && (monitoring.metrics.length > 0 || monitoring.thresholds.length > 0);
}

/** The release that this deployment put in place, as its deploy steps recorded it. */
export function releaseOf({ id, drafted, steps }: Pick<Running, 'id' | 'drafted' | 'steps'>): ReleaseRef {
  const named = Object.values(steps).find(({ result }) => typeof result['release'] === 'string')?.result['release'];
  return { version: drafted.plan.version, commit: drafted.plan.commit ?? null, release: typeof named === 'string' ? named : null, deployment: id };
}

export function succeeded(run: Running, at: string): DeploymentEvent {
  return { type: 'DeploymentSucceeded', data: { release: releaseOf(run), at } };
}
