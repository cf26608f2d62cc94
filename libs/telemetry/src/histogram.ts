import type { Latencies } from '@backstay/deployment';
import { idle, unusable } from './lacking.ts';
import { parseNumber } from './exposition.ts';

interface Bucket {
  readonly upper: number;
  /** Observations up to `upper`. */
  readonly count: number;
}

/** Sorted by bound; a count below the one before it, which racing scrapes can produce, is raised to it. */
function ascending(byBound: ReadonlyMap<string, number>): Bucket[] {
  const sorted = [...byBound]
    .map(([le, count]) => ({ upper: parseNumber(le), count }))
    .sort((a, b) => a.upper - b.upper);
  let highest = 0;
  return sorted.map(({ upper, count }) => ({ upper, count: (highest = Math.max(highest, count)) }));
}

function checked(byBound: ReadonlyMap<string, number>): Bucket[] {
  const buckets = ascending(byBound);
  if (buckets.some(({ upper, count }) => Number.isNaN(upper) || !(count >= 0)))
    throw unusable('a bucket has no valid bound or count');
  if (buckets.at(-1)?.upper !== Infinity) throw unusable('the histogram has no +Inf bucket');
  if (buckets.length < 2) throw unusable('the histogram has no bucket besides +Inf');
  return buckets;
}

export interface Quantile {
  /** In the unit of the bounds. */
  readonly value: number;
  /** The quantile lies above the last finite bound, which is `value`. */
  readonly above: boolean;
  readonly observations: number;
}

/**
 * As `histogram_quantile` of Prometheus for classic histograms: linear interpolation in the bucket that holds the rank. The
 * lowest bucket begins at 0 if its bound is positive, else the result is its bound; of the +Inf bucket the result is the
 * highest finite bound, which is a lower bound of the quantile and is marked `above`.
 *
 * @param byBound observations by `le`, cumulative
 */
export function histogramQuantile(quantile: number, byBound: ReadonlyMap<string, number>): Quantile {
  const buckets = checked(byBound);
  const observations = buckets.at(-1)?.count ?? 0;
  if (observations === 0) throw idle();
  const rank = quantile * observations;
  const index = buckets.findIndex(({ count }) => count >= rank);
  const { upper = Infinity, count = observations } = buckets[index] ?? {};
  const below = buckets[index - 1];
  if (upper === Infinity) return { value: below?.upper ?? 0, above: true, observations };
  if (!below) return { value: upper > 0 ? upper * (rank / count) : upper, above: false, observations };
  const share = (rank - below.count) / (count - below.count);
  return { value: below.upper + (upper - below.upper) * share, above: false, observations };
}

/**
 * How many requests took how long, without the buckets that hold none.
 *
 * @param byBound observations by `le`, cumulative
 * @param toMs the unit of the bounds, in ms
 */
export function latenciesOf(byBound: ReadonlyMap<string, number>, toMs: number): Latencies {
  const buckets = checked(byBound);
  return buckets.flatMap(({ upper, count }, index): Latencies => {
    const below = buckets[index - 1];
    const requests = count - (below?.count ?? 0);
    const from = Math.max(0, (below?.upper ?? 0) * toMs);
    return requests > 0 ? [[from, upper === Infinity ? null : upper * toMs, requests]] : [];
  });
}
