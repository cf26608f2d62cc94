import type { Criterion, Limit, Metric, Monitoring, Threshold, Trigger } from '@backstay/document';
import type { Judged, Measure, Reading, Sample } from './index.ts';

/** Builders of plans and ticks for specifications. Times are seconds after an arbitrary time. */
export const at = (seconds: number): string => new Date(Date.UTC(2026, 0, 5, 9) + seconds * 1000).toISOString();

export const errorRate: Measure = { metric: 'error-rate', unit: 'ratio', windowMs: 5_000, optional: false };

export const limit = (override: Partial<Limit> = {}): Limit => ({
  metric: 'error-rate',
  operator: '>',
  value: 0.05,
  unit: 'ratio',
  forMs: 5_000,
  overMs: 5_000,
  ...override,
});

export const threshold = (override: Partial<Threshold> = {}): Threshold => ({
  ...limit(override),
  action: override.action ?? 'rollback',
  source: override.source ?? { line: 142 },
});

export const trigger = (rule: Trigger['rule'], mode: Trigger['mode'] = 'active'): Trigger => ({
  text: 'a trigger',
  rule,
  mode,
  source: { line: 88 },
});

export const criterion = (override: Partial<Limit>): Criterion => ({
  text: 'a criterion',
  line: 201,
  rule: { kind: 'limit', limit: limit(override) },
});

export const named = (override: Partial<Metric> = {}): Metric => ({
  metric: 'error-rate',
  unit: 'ratio',
  optional: false,
  source: { line: 130 },
  ...override,
});

export const monitoring = (override: Partial<Monitoring> = {}): Monitoring => ({
  source: { kind: 'scrape', url: 'http://127.0.0.1:1/metrics' },
  watchMs: 20_000,
  everyMs: 1_000,
  baselineMs: 60_000,
  minimumSamples: 10,
  minimumRequests: 20,
  mode: 'active',
  onNoData: { waitMs: 10_000, then: 'fail' },
  metrics: [named()],
  thresholds: [threshold()],
  limits: { cores: 2, memoryBytes: 512 * 1024 ** 2 },
  dashboards: [],
  logs: null,
  ...override,
});

export const judged = (
  override: Partial<Monitoring> = {},
  triggers: Trigger[] = [],
  criteria: Criterion[] = [],
): Judged => ({
  monitoring: monitoring(override),
  rollback: { triggers },
  acceptanceCriteria: criteria,
});

export type Value = number | null | Partial<Sample>;

export function sample(second: number, value: Value, of: Measure = errorRate): Sample {
  const { metric, quantile, unit, windowMs } = of;
  const identity = { metric, ...(quantile === undefined ? {} : { quantile }), unit, windowMs };
  const base = { ...identity, time: at(second), value: 0, latencyMs: 1, requests: 100 };
  if (value === null) return { ...base, value: null, verdict: 'no-data', reason: 'connection refused' };
  return typeof value === 'number' ? { ...base, value } : { ...base, ...value };
}

export const tick = (second: number, value: Value, of: Measure = errorRate): Reading => ({
  time: at(second),
  samples: [sample(second, value, of)],
});

/** One tick a second. */
export const ticks = (values: readonly Value[], of: Measure = errorRate): Reading[] =>
  values.map((value, second) => tick(second, value, of));
