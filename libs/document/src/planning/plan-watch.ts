import { counted } from '../values/figures.ts';
import type { HealthCheck, SmokeTest } from '../plan/checks.ts';
import type { Monitoring, Trigger } from '../plan/monitoring.ts';
import { isMeasured } from '../plan/watching.ts';
import type { ProblemCode } from '../problems/problem-codes.ts';
import { placeOf } from '../reading/check-across.ts';
import { formatDuration } from '../values/duration.ts';
import type { Needs } from './needs.ts';

interface Draft {
  readonly monitoring: Monitoring;
  readonly triggers: readonly Trigger[];
  readonly smokeTests: readonly SmokeTest[];
  readonly healthChecks: readonly HealthCheck[];
}

/** What a watch without metrics goes by, and what is said of it: a watch that is asked for is never dropped without a word. */
export function watchedBy({ monitoring, triggers, smokeTests, healthChecks }: Draft, needs: Needs): Monitoring {
  const isAskedFor = (needs.document.monitoring.watchMs ?? needs.profile?.monitoring.watchMs) !== undefined;
  const hasMetrics = monitoring.metrics.length > 0 || isMeasured({ monitoring, rollback: { triggers } });
  if (hasMetrics || monitoring.watchMs <= 0) return monitoring;
  if (!isAskedFor) {
    warn(
      'not-watched',
      'neither a metric nor a watch is named: it has succeeded as soon as its checks have passed, and nobody sees what fails after that; write `- Watch for 10m, every 10s` or a metric',
      needs,
    );
    return monitoring;
  }
  const watch = `the watch of ${formatDuration(monitoring.watchMs)}`;
  const checks = [counted(healthChecks.length, 'health check'), counted(smokeTests.length, 'smoke test')];
  if (healthChecks.length + smokeTests.length === 0) {
    warn(
      'nothing-watched',
      `no metric, health check or smoke test is named: ${watch} has nothing to go by and is not kept; write a health check or a metric`,
      needs,
    );
    return monitoring;
  }
  const every = formatDuration(monitoring.everyMs);
  warn(
    'watched-by-checks',
    `no metric is named: ${watch} repeats ${checks.join(' and ')}, every ${every}; write a metric to have it measured`,
    needs,
  );
  return { ...monitoring, watchedBy: 'checks' };
}

function warn(code: ProblemCode, message: string, { document, warnings }: Needs): void {
  const place = placeOf(document.monitoring.watchLine ?? document.monitoring.line ?? 1, document);
  warnings.push({ ...place, severity: 'warning', code, message });
}
