import type { SyntheticTraffic } from '../../values.ts';
import type { Sample } from './sample.ts';

/** Whether everything that counts requests has counted none in its whole window. */
export function isIdle(samples: readonly Sample[]): boolean {
  const counts = samples.flatMap(({ requests }) => requests ?? []);
  return counts.length > 0 && counts.every((requests) => requests === 0);
}

/** A single tick may fall between two requests. */
export const idleTicks = 2;

export function withTraffic(sum: SyntheticTraffic | null, more: SyntheticTraffic | undefined): SyntheticTraffic | null {
  if (sum === null || more === undefined) return more ?? sum;
  return { requests: sum.requests + more.requests, failed: sum.failed + more.failed };
}
