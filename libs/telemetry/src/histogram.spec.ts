import { describe, expect, it } from 'vitest';
import { histogramQuantile, latenciesOf } from './histogram.ts';

const buckets = (...counts: [string, number][]) => new Map(counts);

describe('a quantile of a histogram', () => {
  it.each([
    ['within a bucket', 0.5, buckets(['1', 0], ['2', 10], ['+Inf', 10]), 1.5],
    ['in the lowest bucket, which begins at zero', 0.5, buckets(['1', 10], ['2', 10], ['+Inf', 10]), 0.5],
    ['in a lowest bucket that is not positive', 0.5, buckets(['-1', 10], ['+Inf', 10]), -1],
    ['whatever the order of the bounds', 0.95, buckets(['+Inf', 100], ['0.5', 100], ['0.1', 90]), 0.3],
    ['at the upper end of a bucket', 0.9, buckets(['0.1', 90], ['0.5', 100], ['+Inf', 100]), 0.1],
    ['with a count that fell behind', 0.5, buckets(['1', 10], ['2', 8], ['+Inf', 10]), 0.5],
  ])('is interpolated %s', (_, quantile, byBound, value) => {
    const found = histogramQuantile(quantile, byBound);
    expect(found.value).toBeCloseTo(value, 9);
    expect(found.above).toBe(false);
  });

  it('above the last bound is only known to be above it', () => {
    expect(histogramQuantile(0.99, buckets(['1', 90], ['+Inf', 100]))).toEqual({
      value: 1,
      above: true,
      observations: 100,
    });
  });

  it.each([
    ['no observation', buckets(['1', 0], ['+Inf', 0]), 'no requests'],
    ['no bucket for infinity', buckets(['1', 5], ['2', 5]), '+Inf'],
    ['nothing but that bucket', buckets(['+Inf', 5]), 'besides +Inf'],
    ['a bound that is not a number', buckets(['x', 5], ['+Inf', 5]), 'no valid bound'],
    ['a count that is not a number', buckets(['1', NaN], ['+Inf', 5]), 'no valid bound'],
  ])('does not exist with %s', (_, byBound, reason) => {
    expect(() => histogramQuantile(0.5, byBound)).toThrow(reason);
  });
});

describe('requests by duration', () => {
  it('are those of each bucket, in ms, without the empty ones; beyond the last bound nobody knows', () => {
    expect(latenciesOf(buckets(['+Inf', 100], ['1', 97], ['0.1', 90], ['0.5', 90]), 1_000)).toEqual([
      [0, 100, 90],
      [500, 1_000, 7],
      [1_000, null, 3],
    ]);
  });

  it('are none where nothing was asked', () => {
    expect(latenciesOf(buckets(['1', 0], ['+Inf', 0]), 1)).toEqual([]);
  });
});
