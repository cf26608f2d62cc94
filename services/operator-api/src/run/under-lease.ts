import { setTimeout as sleep } from 'node:timers/promises';
import { StaleProjector } from '@backstay/postgres';
import type { Platform } from '@backstay/service-kit';

/** Between two looks whether a lease is free, and after a fault. */
const pauseMs = 1_000;

/**
 * Does the work wherever the lease is held, again after every fault, until the signal ends it. The signal that the work gets also
 * ends when the lease is lost.
 */
export async function underLease(
  name: string,
  platform: Platform,
  signal: AbortSignal,
  work: (held: AbortSignal) => Promise<void>,
): Promise<void> {
  while (!signal.aborted) {
    const goOn = await once(name, platform, signal, work).catch((error: unknown) => {
      if (!signal.aborted) platform.logger.warn({ err: error, lease: name }, 'work under a lease begins again');
      return false;
    });
    if (!goOn) await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
  }
}

/** Returns whether it is worth while to go on at once. */
async function once(
  name: string,
  platform: Platform,
  signal: AbortSignal,
  work: (held: AbortSignal) => Promise<void>,
): Promise<boolean> {
  const lease = await platform.leases.take({ name });
  if (lease === null) return false;
  try {
    await work(AbortSignal.any([signal, lease.signal]));
    return true;
  } catch (error) {
    // Somebody else moved the checkpoint, or rebuilt: the next time begins with what is stored now.
    if (error instanceof StaleProjector) return true;
    throw error;
  } finally {
    await lease.release();
  }
}
