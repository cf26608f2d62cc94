/** False when the signal ended the pause. */
export function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return Promise.resolve(false);
  return new Promise((resolve) => {
    const stop = () => done(false);
    const timer = setTimeout(() => done(true), ms);
    const done = (whole: boolean) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      resolve(whole);
    };
    signal.addEventListener('abort', stop, { once: true });
  });
}

export interface TicksOptions {
  readonly everyMs: number;
  readonly now: () => string;
  /** The first tick, and with it the grid of all others. */
  readonly from: string;
  readonly signal: AbortSignal;
}

/** Moments on a fixed grid: a reading that takes too long skips ticks and shifts none. Ends with the signal. */
export async function* ticks({ everyMs, now, from, signal }: TicksOptions): AsyncGenerator<string> {
  const base = Date.parse(from);
  for (let last = -1; !signal.aborted;) {
    const at = Date.parse(now());
    const next = Math.max(last + 1, Math.ceil((at - base) / everyMs));
    if (!(await pause(Math.max(0, base + next * everyMs - at), signal))) return;
    last = next;
    yield now();
  }
}
