import { describe, expect, it } from 'vitest';
import { measuresOf } from './index.ts';
import { criterion, judged, limit, named, threshold, trigger } from './watching.test-support.ts';

const summary = (plan: Parameters<typeof measuresOf>[0]) =>
  measuresOf(plan).map(({ metric, quantile, windowMs }) => [metric, quantile, windowMs]);

describe('what is read at every tick', () => {
  it('is every limit of thresholds, triggers and criteria once per window', () => {
    const triggers = [trigger({ kind: 'limit', limit: limit({ overMs: 60_000 }) }), trigger({ kind: 'manual' })];
    expect(
      summary(judged({ thresholds: [threshold(), threshold({ value: 0.1 })] }, triggers, [criterion({})])),
    ).toEqual([
      ['error-rate', undefined, 5_000],
      ['error-rate', undefined, 60_000],
    ]);
  });

  it('is both quantiles of a degradation trigger', () => {
    const plan = judged({ thresholds: [], metrics: [] }, [
      trigger({ kind: 'degradation', ratio: 0.5, forMs: 0, overMs: 7_000 }),
    ]);
    expect(summary(plan)).toEqual([
      ['response-time', 0.95, 7_000],
      ['response-time', 0.99, 7_000],
    ]);
  });

  it('is every named metric that no limit names, over the default window', () => {
    const metrics = [named(), named({ metric: 'queue-depth', unit: 'count', optional: true })];
    expect(summary(judged({ metrics, everyMs: 10_000 }))).toEqual([
      ['error-rate', undefined, 5_000],
      ['queue-depth', undefined, 50_000],
    ]);
  });

  it('takes the query and the optionality from the definition of the metric', () => {
    const metrics = [named({ query: 'my_errors', optional: true })];
    expect(measuresOf(judged({ metrics }))).toMatchObject([
      { metric: 'error-rate', query: 'my_errors', optional: true },
    ]);
  });
});
