import type { Measure } from '@backstay/deployment';

/** A measure as a plan would ask for it, over 5 s. */
export const measure = (metric: string, unit: Measure['unit'], more: Partial<Measure> = {}): Measure => ({
  metric,
  unit,
  windowMs: 5_000,
  optional: false,
  ...more,
});

export const everyMeasure: readonly Measure[] = [
  measure('request-rate', 'per-second'),
  measure('error-rate', 'ratio'),
  measure('response-time', 'ms', { quantile: 0.95 }),
  measure('response-time', 'ms', { quantile: 0.99 }),
  measure('response-time', 'ms'),
  measure('cpu', 'ratio'),
  measure('memory', 'ratio'),
  measure('memory', 'bytes'),
  measure('database-connections', 'count'),
  measure('queue-depth', 'count', { optional: true }),
];

export const limits = { cores: 2, memoryBytes: 512 * 1024 ** 2 };

/** Seconds after an arbitrary moment. */
export const at = (seconds: number): string => new Date(Date.UTC(2026, 0, 5, 9) + seconds * 1000).toISOString();
