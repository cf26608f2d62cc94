import { setTimeout as sleep } from 'node:timers/promises';
import { IdempotencyKeys } from '@backstay/postgres';
import type { Platform } from '@backstay/service-kit';
import { underLease } from './under-lease.ts';

const keptMs = 7 * 24 * 60 * 60_000;
const everyMs = 10 * 60_000;

/** Forgets answers to requests that nobody repeats any more, until the signal ends it. */
export async function runSweeper(platform: Platform, signal: AbortSignal): Promise<void> {
  const keys = new IdempotencyKeys(platform.pool);
  await underLease('idempotency-keys', platform, signal, async (held) => {
    while (!held.aborted) {
      await keys.sweep(keptMs);
      await sleep(everyMs, undefined, { signal: held }).catch(() => undefined);
    }
  });
}
