import { z } from 'zod';

/**
 * Requests by duration, as a histogram counts them: `[from, to, requests]` in ms, rising; those beyond the last bound with `to` null. Empty
 * buckets are left out. Counts need not be whole: a source may extrapolate.
 */
export const latenciesSchema = z.array(
  z.tuple([z.number().nonnegative(), z.number().nonnegative().nullable(), z.number().nonnegative()]),
);
export type Latencies = z.infer<typeof latenciesSchema>;
type Bucket = Latencies[number];

export function requestsIn(latencies: Latencies): number {
  let sum = 0;
  for (const [, , requests] of latencies) sum += requests;
  return sum;
}

/** Of one service, so that buckets that begin alike are alike. */
function added(a: Latencies, b: Latencies): Latencies {
  const sum: Bucket[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    const [left, right] = [a[i], b[j]];
    if (left !== undefined && (right === undefined || left[0] < right[0])) sum.push(left);
    else if (right !== undefined && (left === undefined || right[0] < left[0])) sum.push(right);
    else if (left !== undefined && right !== undefined) sum.push([left[0], left[1], left[2] + right[2]]);
    if (left !== undefined && (right === undefined || left[0] <= right[0])) i += 1;
    if (right !== undefined && (left === undefined || right[0] <= left[0])) j += 1;
  }
  return sum;
}

export const merged = (parts: readonly Latencies[]): Latencies => parts.reduce(added, []);

/** What takes the place of none where a tail is a straight line of logarithms: less than one request. */
const almostNone = (requests: number): number => Math.min(0.5, requests / 2);

/** A bucket as a piece of the tail. */
interface Piece {
  readonly from: number;
  readonly to: number;
  /** How many requests took longer than the bounds. */
  readonly atFrom: number;
  readonly atTo: number;
}

/**
 * The tail of latencies is nearly a straight line where both axes are logarithmic. `histogram_quantile`, which takes a bucket to be evenly
 * filled, reads a few requests above 1 s as a quantile of nearly 2.5 s: far more than the limits that are to be decided here.
 */
function longerWithin(ms: number, { from, to, atFrom, atTo }: Piece): number {
  if (from === 0) return atTo + ((atFrom - atTo) * (to - ms)) / to;
  const end = Math.max(atTo, almostNone(atFrom));
  return atFrom * (end / atFrom) ** (Math.log(ms / from) / Math.log(to / from));
}

function within(longer: number, { from, to, atFrom, atTo }: Piece): number {
  if (from === 0) return (to * (atFrom - longer)) / (atFrom - atTo);
  const end = Math.max(atTo, almostNone(atFrom));
  return from * (to / from) ** Math.min(1, Math.log(longer / atFrom) / Math.log(end / atFrom));
}

/** At least and at most so many: of the requests beyond the last bound nobody knows how long they took. */
export interface Count {
  readonly least: number;
  readonly most: number;
}

/** How many requests took longer. */
export function longerThan(ms: number, latencies: Latencies): Count {
  let longer = 0;
  let unknown = 0;
  for (let index = latencies.length - 1; index >= 0; index -= 1) {
    const [from, to, requests] = latencies[index]!;
    if (to !== null && to <= ms) break;
    if (to === null && ms > from) unknown += requests;
    else if (to === null || ms <= from) longer += requests;
    else {
      const atTo = longer + unknown;
      longer = longerWithin(ms, { from, to, atFrom: atTo + requests, atTo }) - unknown;
    }
  }
  return { least: longer, most: longer + unknown };
}

/** Null where there is no request, or the quantile lies beyond the last bound. */
export function quantileOf(quantile: number, latencies: Latencies): number | null {
  const longer = (1 - quantile) * requestsIn(latencies);
  let atTo = 0;
  for (let index = latencies.length - 1; index >= 0; index -= 1) {
    const [from, to, requests] = latencies[index]!;
    const atFrom = atTo + requests;
    if (atFrom > 0 && atFrom >= longer) return to === null ? null : within(longer, { from, to, atFrom, atTo });
    atTo = atFrom;
  }
  return null;
}
