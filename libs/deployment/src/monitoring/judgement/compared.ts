import { z } from 'zod';
import { counted, duration, percent, quantity } from '@backstay/document';
import { test, type Comparison } from './comparison.ts';
import type { Rule } from './rule.ts';

/** What a verdict against the baseline rests on, with every parameter of the test. */
export const comparedSchema = z.object({
  normalMs: z.number(),
  limitMs: z.number(),
  ratio: z.number(),
  /** The absolute minimum. */
  beyondMs: z.number(),
  /** Requests of the baseline, and the share of them that took longer than normal. */
  baselineRequests: z.number(),
  baselineAbove: z.number(),
  /** The share that the baseline does not exclude. */
  mostAbove: z.number(),
  requests: z.number(),
  above: z.number(),
  /** Windows that do not overlap, and the requests that make one. */
  windows: z.object({ slow: z.number(), normal: z.number(), neither: z.number() }),
  windowRequests: z.number(),
  slowIfHealthy: z.number(),
  slowIfDegraded: z.number(),
  falseAlarms: z.number(),
  missed: z.number(),
});
export type Compared = z.infer<typeof comparedSchema>;

/** Undefined for a limit that is not relative to the baseline, or where there is nothing to compare with. */
export function comparedFigures({ relative, reference }: Rule, comparison: Comparison): Compared | undefined {
  if (relative === undefined || reference === undefined) return undefined;
  const { slow, normal, neither, requests, above } = comparison;
  const { normalMs, limitMs, mostAbove, windowRequests } = reference;
  return {
    normalMs,
    limitMs,
    ...relative,
    baselineRequests: reference.requests,
    baselineAbove: reference.above / reference.requests,
    mostAbove,
    requests,
    above: requests === 0 ? 0 : above / requests,
    windows: { slow, normal, neither },
    windowRequests,
    slowIfHealthy: test.slowIfHealthy,
    slowIfDegraded: test.slowIfDegraded,
    falseAlarms: test.falseAlarms,
    missed: test.missed,
  };
}

/** "12 slow, 1 normal and 0 undecided windows of at least 60 requests" */
export const windowsText = ({ slow, normal, neither }: Compared['windows'], windowRequests: number): string =>
  `${slow} slow, ${normal} normal and ${neither} undecided windows of at least ${counted(windowRequests, 'request')}`;

/** What was compared with what, and how it is decided, for people. */
export function comparedText(compared: Compared): string {
  const { normalMs, baselineRequests, baselineAbove, mostAbove, requests, above, windows, windowRequests } = compared;
  const found = `${percent(above)} of ${counted(Math.round(requests), 'request')} took longer than ${quantity(normalMs, 'ms')}, before ${percent(baselineAbove)} of ${counted(Math.round(baselineRequests), 'request')}`;
  const limits = `limit ${quantity(compared.limitMs, 'ms')}: ${percent(compared.ratio)} above normal, and ${duration(compared.beyondMs)} at least`;
  const slow = `slow is a window above the limit in which more than ${percent(mostAbove)} took longer than normal`;
  const sought = `a healthy release has at most ${percent(compared.slowIfHealthy)} slow windows, a degraded one at least ${percent(compared.slowIfDegraded)}`;
  const errors = `false alarms at most ${percent(compared.falseAlarms)}, missed at most ${percent(compared.missed)} per watch`;
  return `${windowsText(windows, windowRequests)}; ${found} (${limits}; ${slow}; ${sought}; ${errors})`;
}
