import { setTimeout as sleep } from 'node:timers/promises';

/** What went wrong while the work goes on: for logs and metrics. */
export interface Fault {
  readonly operation: string;
  readonly error: Error;
  /** Failures in a row, this one included. */
  readonly failures: number;
}

export type OnFault = (fault: Fault) => void;

export const asError = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error(String(thrown)));

/** Ends early, and without an error, when the signal is aborted. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal, ref: true }).catch(() => undefined);
}

/** Milliseconds before the next attempt: doubled with each failure in a row, never more than `longestMs`. */
export function backoff(failures: number, firstMs = 100, longestMs = 5_000): number {
  return Math.min(firstMs * 2 ** Math.max(0, failures - 1), longestMs);
}

/** Does the work over and over until the signal is aborted; after a fault it waits a little longer each time. */
export async function untilAborted(
  operation: string,
  { signal, onFault }: { signal: AbortSignal; onFault: OnFault },
  work: (worked: () => void) => Promise<void>,
): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    try {
      await work(() => (failures = 0));
    } catch (thrown) {
      if (signal.aborted) return;
      failures += 1;
      onFault({ operation, error: asError(thrown), failures });
      await pause(backoff(failures), signal);
    }
  }
}
