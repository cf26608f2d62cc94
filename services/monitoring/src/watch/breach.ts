import type { Breach, Decision, MeasurementRange } from '@backstay/deployment';
import { recordedOf } from './measurements.ts';

/** A decision as it is recorded, with its samples whole. */
export function breachOf(decision: Decision, range: MeasurementRange | null): Breach {
  const { rule, metric, quantile, unit, sentence, samples } = decision;
  const measured = decision.decision === 'degraded';
  return {
    text: rule.text,
    line: rule.line,
    metric,
    ...(quantile === undefined ? {} : { quantile }),
    observed: measured ? decision.observed : null,
    limit: measured ? decision.limit : null,
    unit,
    forMs: measured ? decision.forMs : decision.waitMs,
    sentence,
    samples: samples.map(recordedOf),
    range,
    ...(decision.decision === 'degraded' && decision.comparison ? { comparison: decision.comparison } : {}),
  };
}

/** One rule of the document. */
export const ruleKey = ({
  text,
  line,
  metric,
  quantile,
}: Pick<Breach, 'text' | 'line' | 'metric' | 'quantile'>): string => [text, line, metric, quantile ?? ''].join('|');

/** One episode of a rule: it begins with its first deciding sample. */
export const episodeKey = (breach: Breach): string => `${ruleKey(breach)}|${breach.samples[0]?.time ?? ''}`;
