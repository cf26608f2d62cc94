import { setTimeout as pause } from 'node:timers/promises';

export interface Patience {
  /** Milliseconds. */
  within: number;
  signal?: AbortSignal;
  /** Asked after each failed try; a result ends the waiting with that error. */
  hopeless?: () => Error | undefined;
}

/**
 * Tries every 50 ms until `probe` does not reject.
 * @throws the probe's last error when the time is over
 */
export async function until<T>(probe: () => Promise<T>, { within, signal, hopeless }: Patience): Promise<T> {
  const deadline = performance.now() + within;
  for (;;) {
    signal?.throwIfAborted();
    try {
      return await probe();
    } catch (error) {
      const reason = hopeless?.() ?? (performance.now() > deadline ? error : undefined);
      if (reason) throw reason;
    }
    await pause(50, undefined, { signal });
  }
}
