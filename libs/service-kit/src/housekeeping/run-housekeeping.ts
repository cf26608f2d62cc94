import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Runtime } from '../platform.ts';
import { Housekeeper, rulesIn } from './housekeeper.ts';
import { directoryPlace } from './kept-store.ts';

/** A process that was just started has other work. */
const firstAfterMs = 10 * 60_000;
const everyMs = 60 * 60_000;

/** Of the data directory of this process. Nothing that lies there is evidence: what criteria rest on is in the database. */
export async function directoryHousekeeper(runtime: Runtime): Promise<Housekeeper> {
  const { settings, pool } = runtime;
  const place = await directoryPlace(settings.BACKSTAY_DATA_DIR, pool);
  return new Housekeeper({ place, rules: rulesIn(settings), runtime, evidenceOf: async () => new Set() });
}

/** Prunes now and then, until the signal ends it; a place that several processes share is left to one of them at a time. */
export async function runHousekeeping(
  open: () => Promise<readonly Housekeeper[]>,
  logger: Pick<Logger, 'info' | 'warn'>,
  signal: AbortSignal,
): Promise<void> {
  const pause = (milliseconds: number) => sleep(milliseconds, undefined, { signal, ref: false }).catch(() => undefined);
  let housekeepers: readonly Housekeeper[] = [];
  for (await pause(firstAfterMs); !signal.aborted; await pause(everyMs)) {
    try {
      if (housekeepers.length === 0) housekeepers = await open();
      for (const housekeeper of housekeepers) {
        const pruned = await housekeeper.prune();
        if (pruned !== null && pruned.length > 0)
          logger.info({ place: housekeeper.place, items: pruned.length }, 'what was no longer needed was removed');
      }
    } catch (error) {
      if (!signal.aborted) logger.warn({ err: error }, 'housekeeping failed; it is tried again later');
    }
  }
}
