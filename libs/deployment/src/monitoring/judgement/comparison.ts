import { counted, quantity } from '@backstay/document';
import { longerThan, merged, quantileOf, requestsIn, type Latencies } from './latencies.ts';

/**
 * How a limit relative to the baseline is decided: one set for all documents, shown by `why`.
 *
 * Healthy noise comes in bursts, so that requests are no independent draws; what distinguishes a degradation is that it stays. The unit of
 * evidence is therefore a window of requests, which is slow, normal or neither, and the test is one of how often windows are slow.
 */
export const test = {
  /** Whatever came before, a window of a healthy release is slow in at most so many cases: bursts last two windows on average. */
  slowIfHealthy: 0.5,
  /** And one of a degraded release in at least so many. */
  slowIfDegraded: 0.95,
  /** Of healthy releases, over the whole watch, all looks included: half of the 0.1 % that is promised, since noise is never as modelled. */
  falseAlarms: 0.0005,
  /** Of degraded releases that pass. */
  missed: 0.01,
  /** So many requests beyond its quantile a window or a baseline must be able to hold. */
  beyondQuantile: 3,
  /** Windows that a baseline must be able to hold: among fewer nobody sees which part was a burst. */
  baselineWindows: 6,
  /** Of the windows of a baseline that is mostly bursts, the fastest: so many are taken for normal. */
  fasterShare: 2 / 3,
} as const;

/**
 * Half of each error is left to the sampling of the baseline: the standard normal deviates that leave so much. A watch compares two
 * quantiles: either takes a healthy release back, so that each has half of the false alarms; both pass a degraded one.
 */
const share = { falseAlarms: 0.25, missed: 0.5 } as const;
const deviates = { falseAlarm: 3.48, missed: 2.58 } as const;

/** What a window is compared with: fixed before the watch. */
export interface Reference {
  readonly quantile: number;
  /** The quantile that is normal, ms. */
  readonly normalMs: number;
  /** Above it a window's quantile may be slow, ms. */
  readonly limitMs: number;
  /** Up to it a window's quantile is normal for certain: the limit, less what the sampling of the baseline leaves open. */
  readonly normalUpToMs: number;
  /** Requests of the baseline, and how many of them took longer than `normalMs`. */
  readonly requests: number;
  readonly above: number;
  /** The share of requests longer than `normalMs` that the baseline does not exclude. */
  readonly mostAbove: number;
  /** Requests that make a window. */
  readonly windowRequests: number;
}

/** Why nothing can be compared. */
export interface Incomparable {
  readonly lacks: 'requests' | 'bounds' | 'calm';
  readonly reason: string;
}

/** Upper bound of a share of which `count` of `total` were seen (E. B. Wilson, 1927). */
function upperBound(count: number, total: number, z: number): number {
  const p = count / total;
  const spread = z * Math.sqrt((p * (1 - p)) / total + (z * z) / (4 * total * total));
  return Math.min(1, (p + (z * z) / (2 * total) + spread) / (1 + (z * z) / total));
}

/** The rank, as a share, below the quantile by what a sample of this size leaves open: a distribution-free bound by order statistics. */
function lowerRank(quantile: number, total: number, z: number): number {
  const above = 1 - quantile;
  const skew = ((z * z - 1) / 6) * ((1 - 2 * above) / total);
  return 1 - (above + z * Math.sqrt((above * quantile) / total) + skew);
}

export const requestsFor = (quantile: number, minimumRequests: number): number =>
  Math.max(minimumRequests, Math.ceil(test.beyondQuantile / (1 - quantile) - 1e-9));

/** Windows of a baseline, the fastest first. */
function windowsOf(parts: readonly Latencies[], quantile: number, minimumRequests: number) {
  const least = requestsFor(quantile, minimumRequests);
  const windows: Latencies[] = [];
  let open: Latencies = [];
  for (const part of parts) {
    open = merged([open, part]);
    if (requestsIn(open) < least) continue;
    windows.push(open);
    open = [];
  }
  return windows
    .map((window) => ({ window, quantileMs: quantileOf(quantile, window) ?? Infinity }))
    .sort((one, other) => one.quantileMs - other.quantileMs);
}

/** Without what its fastest window excludes. */
function calmPart(parts: readonly Latencies[], quantile: number, minimumRequests: number): Latencies {
  const windows = windowsOf(parts, quantile, minimumRequests);
  const [fastest] = windows;
  if (fastest === undefined || windows.length < 2) return merged(parts);
  const { quantileMs, window } = fastest;
  const most = upperBound((1 - quantile) * requestsIn(window), requestsIn(window), deviates.falseAlarm);
  const isCalm = (each: Latencies) => longerThan(quantileMs, each).least <= most * requestsIn(each);
  return merged(windows.map((each) => each.window).filter(isCalm));
}

/** Of a baseline that is mostly bursts nobody sees what is normal. */
const isMostlyCalm = (calm: number, total: number): boolean => calm >= total / 2;

/**
 * What is normal is taken from the calm part of a baseline: a burst that happened to fall into it would hide a degradation. Where less than
 * half of it is calm, its fastest window was the exception, and what is normal is the faster part of its windows.
 *
 * @param parts what was counted, in the order of time, disjoint
 */
export function normalPart(parts: readonly Latencies[], quantile: number, minimumRequests: number): Latencies {
  const calm = calmPart(parts, quantile, minimumRequests);
  if (isMostlyCalm(requestsIn(calm), requestsIn(merged(parts)))) return calm;
  const windows = windowsOf(parts, quantile, minimumRequests);
  return merged(windows.slice(0, Math.ceil(windows.length * test.fasterShare)).map(({ window }) => window));
}

/** Requests that a baseline must have. */
export const baselineRequestsFor = (quantile: number, minimumRequests: number): number =>
  test.baselineWindows * requestsFor(quantile, minimumRequests);

/**
 * Whether a baseline can be judged against: it has enough requests, and most of them are of its calm part. One that fell into a burst is
 * measured on.
 */
export function isSteady(parts: readonly Latencies[], quantile: number, minimumRequests: number): boolean {
  const total = requestsIn(merged(parts));
  const calm = requestsIn(calmPart(parts, quantile, minimumRequests));
  return total >= baselineRequestsFor(quantile, minimumRequests) && isMostlyCalm(calm, total);
}

/**
 * What there is to compare with, or why there is nothing: requests come with time, bounds of a histogram do not.
 *
 * @param calm what is normal of the baseline
 * @param total the requests of all of it
 */
export function referenceOf(
  { calm, total }: { readonly calm: Latencies; readonly total: number },
  quantile: number,
  limitOf: (normalMs: number) => number,
  minimumRequests: number,
): Reference | Incomparable {
  const windowRequests = requestsFor(quantile, minimumRequests);
  const requests = requestsIn(calm);
  const needed = baselineRequestsFor(quantile, minimumRequests);
  if (total < needed)
    return {
      lacks: 'requests',
      reason: `the baseline has ${counted(Math.floor(total), 'request')}, ${needed} are needed`,
    };
  if (!isMostlyCalm(requests, total)) {
    const counts = `${quantity(Math.floor(requests), 'count')} of ${counted(Math.floor(total), 'request')}`;
    return { lacks: 'calm', reason: `the baseline fell into bursts: ${counts} are of its calm part, half are needed` };
  }
  const normalMs = quantileOf(quantile, calm);
  const lowestMs = quantileOf(Math.max(0.5, lowerRank(quantile, requests, deviates.missed)), calm);
  if (normalMs === null || lowestMs === null)
    return { lacks: 'bounds', reason: 'the baseline lies above the last bound of the histogram' };
  const above = longerThan(normalMs, calm).most;
  return {
    quantile,
    normalMs,
    limitMs: limitOf(normalMs),
    normalUpToMs: limitOf(lowestMs),
    requests,
    above,
    mostAbove: upperBound(above, requests, deviates.falseAlarm),
    windowRequests,
  };
}

interface Window {
  readonly spanMs: number;
  readonly latencies: Latencies;
}

/** What was found so far, as plain data. */
export interface Comparison {
  /** The end of what was counted last. */
  readonly until: number | null;
  /** The window that has too few requests as yet. */
  readonly open: Window;
  readonly slow: number;
  readonly normal: number;
  readonly neither: number;
  /** Requests in windows, and how many of them took longer than normal. */
  readonly requests: number;
  readonly above: number;
  /** For a degradation that began at some window, against none: the mixture over its beginnings. */
  readonly degraded: number;
  /** Windows that this rests on. */
  readonly tested: number;
  /** For a degradation over the whole watch, against none. */
  readonly overall: number;
  /** For one that goes on now, from the window on from which it is greatest. */
  readonly recent: number;
}

const noWindow: Window = { spanMs: 0, latencies: [] };

export const newComparison: Comparison = {
  until: null,
  open: noWindow,
  slow: 0,
  normal: 0,
  neither: 0,
  requests: 0,
  above: 0,
  degraded: 0,
  tested: 0,
  overall: 1,
  recent: 1,
};

/** The watch proper begins: what came before still counts against the release, and not for it. */
export const withoutPass = ({ until, degraded, tested, recent }: Comparison): Comparison => ({
  ...newComparison,
  until,
  degraded,
  tested,
  recent,
});

export type WindowVerdict = 'slow' | 'normal' | 'neither';

/** Slow: its quantile is above the limit, and more of its requests than the baseline allows took longer than normal. */
export function windowVerdict(latencies: Latencies, reference: Reference): WindowVerdict {
  const requests = requestsIn(latencies);
  const beyond = (1 - reference.quantile) * requests;
  if (longerThan(reference.normalUpToMs, latencies).most <= beyond) return 'normal';
  const isAbove = longerThan(reference.limitMs, latencies).least > beyond;
  const isMore = longerThan(reference.normalMs, latencies).least > reference.mostAbove * requests;
  return isAbove && isMore ? 'slow' : 'neither';
}

const ratios: Readonly<Record<WindowVerdict, number>> = {
  slow: test.slowIfDegraded / test.slowIfHealthy,
  normal: (1 - test.slowIfDegraded) / (1 - test.slowIfHealthy),
  neither: 1,
};

/** Of all beginnings; those at the first windows weigh most: a bad release is bad from its start. The weights sum to 1. */
const weight = (beginning: number): number => 1 / (beginning * (beginning + 1));

/** Keeps the numbers finite over the longest watch. */
const bounded = (ratio: number): number => Math.min(1e12, Math.max(1e-12, ratio));

/**
 * The likelihood ratio of each window against what came before. `degraded` is a mixture of sequential probability ratio tests
 * (A. Wald, 1945), one for each beginning: an e-process, which a healthy release raises to 1/α with probability at most α, however often it
 * is looked at (J. Ville, 1939; J. Shin, A. Ramdas, A. Rinaldo, "E-detectors", 2024).
 */
function withWindow(
  comparison: Comparison,
  verdict: WindowVerdict,
  latencies: Latencies,
  reference: Reference,
): Comparison {
  const ratio = ratios[verdict];
  const tested = comparison.tested + (verdict === 'neither' ? 0 : 1);
  const begins = verdict === 'neither' ? 0 : weight(tested);
  return {
    ...comparison,
    open: noWindow,
    [verdict]: comparison[verdict] + 1,
    requests: comparison.requests + requestsIn(latencies),
    above: comparison.above + longerThan(reference.normalMs, latencies).least,
    degraded: bounded((comparison.degraded + begins) * ratio),
    tested,
    overall: bounded(comparison.overall * ratio),
    recent: bounded(Math.max(1, comparison.recent) * ratio),
  };
}

/** What one sample adds: the requests of the time up to it. */
export interface Part extends Window {
  /** Its end, ms since the epoch. */
  readonly at: number;
}

/** Clocks that ask for a tick are not exact. */
const overlaps = ({ at, spanMs }: Part, until: number | null): boolean =>
  until !== null && at - spanMs < until - spanMs / 10;

/** Without what reaches back into what was counted already. */
export function disjoint(parts: readonly Part[]): readonly Part[] {
  let until: number | null = null;
  return parts.filter((part) => {
    if (overlaps(part, until)) return false;
    until = part.at;
    return true;
  });
}

export interface Compared {
  readonly comparison: Comparison;
  /** Null while the window has too few requests. */
  readonly window: {
    readonly verdict: WindowVerdict;
    /** Null: beyond the last bound of the histogram. */
    readonly quantileMs: number | null;
  } | null;
}

/** Windows never overlap: a part that reaches back into what was counted already is passed over. Nor do they span a gap. */
export function compare(comparison: Comparison, part: Part, reference: Reference, longestGapMs: number): Compared {
  const { until, open } = comparison;
  const { at, spanMs, latencies } = part;
  if (overlaps(part, until)) return { comparison, window: null };
  const kept = until !== null && at - spanMs - until <= longestGapMs ? open : noWindow;
  const window = { spanMs: kept.spanMs + spanMs, latencies: merged([kept.latencies, latencies]) };
  if (requestsIn(window.latencies) < reference.windowRequests)
    return { comparison: { ...comparison, until: at, open: window }, window: null };
  const verdict = windowVerdict(window.latencies, reference);
  return {
    comparison: { ...withWindow(comparison, verdict, window.latencies, reference), until: at },
    window: { verdict, quantileMs: quantileOf(reference.quantile, window.latencies) },
  };
}

export const isDegraded = ({ degraded }: Comparison): boolean => degraded * share.falseAlarms * test.falseAlarms >= 1;

export const isNormal = ({ overall, recent }: Comparison): boolean =>
  overall <= share.missed * test.missed && recent <= 1;
