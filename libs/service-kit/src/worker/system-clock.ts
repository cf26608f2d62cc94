import type { Clock } from './ports.ts';

/** Timers reach this far; who waits longer is called back earlier and looks again. */
const longestMs = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => new Date().toISOString(),
  elapsedMs: () => performance.now(),
  after: (milliseconds, callback) => {
    const timer = setTimeout(callback, Math.min(longestMs, Math.max(0, milliseconds)));
    return () => clearTimeout(timer);
  },
};
