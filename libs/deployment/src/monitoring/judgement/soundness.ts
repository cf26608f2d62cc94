import type { Sample } from './sample.ts';

/** Built-in metrics that no healthy source reports below zero; the values of `promql` fences may be anything finite. */
const neverNegative = new Set<string>([
  'request-rate',
  'error-rate',
  'response-time',
  'cpu',
  'memory',
  'database-connections',
  'queue-depth',
]);

export type Soundness =
  | { readonly verdict: 'sound'; readonly value: number }
  | { readonly verdict: 'no-data' | 'error' | 'skipped'; readonly reason: string };

const unsound = (verdict: 'no-data' | 'error' | 'skipped', reason: string): Soundness => ({ verdict, reason });

/** Whether a sample is a measurement at all. Nothing that is not can ever count towards a pass. */
export function soundness(sample: Sample): Soundness {
  const { metric, value, verdict, reason } = sample;
  if (verdict !== undefined) return unsound(verdict, reason ?? 'the source gave no reason');
  if (value === null) return unsound('no-data', reason ?? 'no value');
  if (!Number.isFinite(value)) return unsound('no-data', `${value} is not a measurement`);
  if (value < 0 && neverNegative.has(metric)) return unsound('error', `${metric} cannot be negative (${value})`);
  if (metric === 'error-rate' && value > 1) return unsound('error', `an error rate above 100 % cannot be (${value})`);
  return { verdict: 'sound', value };
}
