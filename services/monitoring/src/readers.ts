import type { Plan } from '@backstay/document';
import { metricReaderOf } from '@backstay/steps';
import type { MetricReader } from '@backstay/telemetry';

const mostKept = 200;

/**
 * The metric readers of this process, by deployment. A scrape remembers what rates are computed from, so a reader outlives
 * the effect that uses it.
 */
export class Readers {
  readonly #kept = new Map<string, MetricReader>();
  readonly #open: (plan: Plan) => MetricReader | null;

  constructor(open: (plan: Plan) => MetricReader | null = metricReaderOf) {
    this.#open = open;
  }

  /** Null where the document names no source. */
  of(id: string, plan: Plan): MetricReader | null {
    const kept = this.#kept.get(id);
    if (kept !== undefined) return kept;
    const reader = this.#open(plan);
    if (reader === null) return null;
    if (this.#kept.size >= mostKept) this.#kept.delete([...this.#kept.keys()][0] ?? '');
    this.#kept.set(id, reader);
    return reader;
  }

  forget(id: string): void {
    this.#kept.delete(id);
  }
}
