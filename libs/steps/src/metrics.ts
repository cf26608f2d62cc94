import { measuresOf } from '@backstay/deployment';
import type { Plan } from '@backstay/document';
import { serviceLimits } from '@backstay/deployers';
import { guardedFetch } from '@backstay/guarded-io';
import { metricReader, telemetryFetch, type MetricReader } from '@backstay/telemetry';

/** What reads the metrics of a plan; null where its document names no source. */
export function metricReaderOf(plan: Plan, limitsOf: typeof serviceLimits = serviceLimits): MetricReader | null {
  const { monitoring, service, allow } = plan;
  if (monitoring.source === null) return null;
  return metricReader(monitoring.source, {
    fetch: telemetryFetch(guardedFetch({ allow })),
    monitoring,
    measures: measuresOf(plan),
    service,
    limits: () => limitsOf(plan),
    timeoutMs: Math.max(1_000, Math.min(5_000, monitoring.everyMs)),
  });
}
