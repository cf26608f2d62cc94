import type { Plan } from './plan.ts';
import type { Trigger } from './monitoring.ts';

type Watched = {
  readonly monitoring: Pick<Plan['monitoring'], 'source' | 'watchMs' | 'metrics' | 'thresholds'>;
  readonly rollback: { readonly triggers: readonly Pick<Trigger, 'rule'>[] };
};

/** Whether metrics are measured while the deployment is watched. */
export function isMeasured({ monitoring, rollback }: Watched): boolean {
  const { source, watchMs, metrics, thresholds } = monitoring;
  const measured = rollback.triggers.filter(({ rule }) => ['limit', 'alert', 'degradation'].includes(rule.kind));
  return source !== null && watchMs > 0 && metrics.length + thresholds.length + measured.length > 0;
}

/** Whether it is watched by its health checks and smoke tests, since it has no metrics. */
export const isWatchedByChecks = (plan: Plan): boolean =>
  !isMeasured(plan) &&
  plan.monitoring.watchedBy === 'checks' &&
  plan.monitoring.watchMs > 0 &&
  plan.healthChecks.length + plan.smokeTests.length > 0;
