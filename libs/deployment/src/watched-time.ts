import type { Monitoring } from '@backstay/document';

type Times = Pick<Monitoring, 'watchMs' | 'everyMs'>;

/** How many ticks make a whole watch: each recorded tick stands for one interval. */
export const ticksNeeded = ({ watchMs, everyMs }: Times): number => Math.ceil(watchMs / everyMs);

/** Milliseconds that somebody watched, by the number of recorded ticks. */
export const watchedMs = (ticks: number, { everyMs }: Times): number => ticks * everyMs;

/** What nobody watched may always take this long: a short watch is not to be lost to a busy machine. */
const leastExtensionMs = 10_000;

/** What nobody watched extends the watch, to at most twice its length in all. Milliseconds from its beginning. */
export function mostMs(times: Times): number {
  const totalMs = watchedMs(ticksNeeded(times), times);
  return totalMs + Math.max(totalMs, leastExtensionMs);
}

/** A single tick that is late or skipped does not matter to any window. */
const leastGapMs = 2_000;

/** Ticks that are farther apart than this have a time between them in which nobody watched. */
export const mostApartMs = ({ everyMs }: Pick<Times, 'everyMs'>): number => Math.max(3 * everyMs, leastGapMs);

/** Whether nobody watched between two neighbouring ticks that are this far apart. */
export const isGap = (apartMs: number, times: Times): boolean => apartMs > mostApartMs(times);
