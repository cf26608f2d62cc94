import type { Plan } from '@backstay/document';
import type { DeploymentEvent } from '../events.ts';
import type { ReleaseRef } from '../release.ts';
import type { Running } from '../state.ts';

/** Whether the document has anything to watch for. */
export function isWatched({ monitoring, rollback }: Plan): boolean {
  const { source, watchMs, metrics, thresholds } = monitoring;
  const measuredTriggers = rollback.triggers.filter(({ rule }) =>
    ['limit', 'alert', 'degradation'].includes(rule.kind),
  );
  return source !== null && watchMs > 0 && metrics.length + thresholds.length + measuredTriggers.length > 0;
}

/** The release that this deployment put in place, as its deploy steps recorded it. */
export function releaseOf({ id, drafted, steps }: Pick<Running, 'id' | 'drafted' | 'steps'>): ReleaseRef {
  const named = Object.values(steps).find(({ result }) => typeof result['release'] === 'string')?.result['release'];
  return {
    version: drafted.plan.version,
    commit: drafted.plan.commit ?? null,
    release: typeof named === 'string' ? named : null,
    deployment: id,
  };
}

export function succeeded(run: Running, at: string): DeploymentEvent {
  return { type: 'DeploymentSucceeded', data: { release: releaseOf(run), at } };
}

export function verdictKey({ metric, quantile }: { readonly metric: string; readonly quantile?: number }): string {
  return quantile === undefined ? metric : `${metric} ${quantile}`;
}
