import { type Breach, type DeploymentEvent, type Measure, measureKey } from '@backstay/deployment';
import type { RecordedEvent } from '@backstay/event-sourcing';
import { episodeKey, ruleKey } from './breach.ts';

/** The findings of a watch that the deployment's stream already contains, so that nothing is reported twice when another process continues the watch. */
export class ReportedFindings {
  readonly #verdicts = new Map<string, string>();
  readonly #alerts = new Set<string>();
  readonly #withheld = new Set<string>();

  constructor(events: readonly RecordedEvent<DeploymentEvent>[]) {
    for (const event of events) {
      if (event.type === 'AlertRaised') this.#alerts.add(episodeKey(event.data.breach));
      if (event.type === 'RollbackWithheld') this.#withheld.add(ruleKey(event.data.breach));
      if (event.type === 'MetricVerdictChanged' && event.data.sample !== null)
        this.#verdicts.set(measureKey(event.data.sample), event.data.to);
    }
  }

  verdictOf(measure: Pick<Measure, 'metric' | 'quantile' | 'windowMs'>): string | null {
    return this.#verdicts.get(measureKey(measure)) ?? null;
  }

  changed(measure: Pick<Measure, 'metric' | 'quantile' | 'windowMs'>, verdict: string): void {
    this.#verdicts.set(measureKey(measure), verdict);
  }

  /** True the first time. */
  raises(breach: Breach): boolean {
    return isNew(this.#alerts, episodeKey(breach));
  }

  /** True the first time. */
  withholds(breach: Breach): boolean {
    return isNew(this.#withheld, ruleKey(breach));
  }
}

function isNew(known: Set<string>, key: string): boolean {
  if (known.has(key)) return false;
  known.add(key);
  return true;
}
