import { measuresOf } from '@backstay/deployment';
import type { Plan } from '@backstay/document';
import { fetchFor, telemetryFetch } from './telemetry-fetch.ts';
import { serviceLimits } from './service-limits.ts';
import { metricReader, type MetricReader, type ReaderOptions } from '@backstay/telemetry';

const mostKept = 200;

/**
 * The metric readers of this process, by deployment. A scrape remembers what rates are computed from, so a reader outlives
 * the effect that uses it.
 */
export class Readers {
  readonly #kept = new Map<string, MetricReader>();
  readonly #limitsOf: typeof serviceLimits;

  constructor(limitsOf: typeof serviceLimits = serviceLimits) {
    this.#limitsOf = limitsOf;
  }

  /** Null where the document names no source. */
  of(id: string, plan: Plan): MetricReader | null {
    const kept = this.#kept.get(id);
    if (kept !== undefined) return kept;
    const reader = readerOf(plan, () => this.#limitsOf(plan));
    if (reader === null) return null;
    if (this.#kept.size >= mostKept) this.#kept.delete([...this.#kept.keys()][0] ?? '');
    this.#kept.set(id, reader);
    return reader;
  }

  forget(id: string): void {
    this.#kept.delete(id);
  }
}

function readerOf(plan: Plan, limits: ReaderOptions['limits']): MetricReader | null {
  const { monitoring, service } = plan;
  if (monitoring.source === null) return null;
  const timeoutMs = Math.max(1_000, Math.min(5_000, monitoring.everyMs));
  return metricReader(monitoring.source, {
    fetch: telemetryFetch(fetchFor(plan)),
    monitoring,
    measures: measuresOf(plan),
    service,
    limits,
    timeoutMs,
  });
}
