import type { SyntheticTraffic } from '../../values.ts';
import { instant, type Reading, type Sample } from './sample.ts';

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

/** Requests of the checks that one tick repeated. */
export interface Asked {
  readonly time: string;
  readonly requests: number;
}

/** Checks count the requests that the service saw of them; of smoke tests that were recorded without, each attempt is one. */
const requestsOf = ({ checks = [] }: Reading): number =>
  checks.reduce((sum, { kind, observed: { requests }, attempts }) => {
    const assumed = kind === 'smoke-test' ? attempts : 0;
    return sum + (typeof requests === 'number' ? requests : assumed);
  }, 0);

/** What was asked of the service for the sake of checks, as far back as a window may reach. */
export function withAsked(asked: readonly Asked[], tick: Reading, windowMs: number): readonly Asked[] {
  const requests = tick.traffic === undefined ? requestsOf(tick) : 0;
  const kept = asked.filter(({ time }) => instant(tick.time) - instant(time) <= windowMs);
  return requests === 0 ? kept : [...kept, { time: tick.time, requests }];
}

/** Checks that join metrics without data are counted by these as well: where nobody else used the service, that is no data still. */
export function withoutAsked(sample: Sample, asked: readonly Asked[], everyMs: number): Sample {
  const { metric, time, windowMs, requests = 0, value } = sample;
  if (value === null || requests === 0 || !['error-rate', 'response-time'].includes(metric)) return sample;
  const own = asked.filter((each) => instant(time) - instant(each.time) <= windowMs + everyMs);
  if (requests > own.reduce((sum, each) => sum + each.requests, 0)) return sample;
  return { ...sample, value: null, verdict: 'no-data', reason: 'no requests but those of the checks', requests: 0 };
}
