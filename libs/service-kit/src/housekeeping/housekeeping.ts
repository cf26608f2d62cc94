import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Closing } from '../closing.ts';
import { PLATFORM, type Platform, type Runtime } from '../platform.ts';
import { Housekeeper, rulesIn } from './housekeeper.ts';
import { directoryPlace } from './kept-store.ts';
import { pruneEverywhere } from './prune-everywhere.ts';

/** A process that was just started has other work. */
const firstAfterMs = 10 * 60_000;
const everyMs = 60 * 60_000;

/** Of the data directory of this process. Nothing that lies there is evidence: what criteria rest on is in the database. */
export async function directoryHousekeeper(runtime: Runtime): Promise<Housekeeper> {
  const { settings, pool } = runtime;
  const place = await directoryPlace(settings.BACKSTAY_DATA_DIR, pool);
  return new Housekeeper({ place, rules: rulesIn(settings), runtime, evidenceOf: async () => new Set() });
}

/** Under which a service provides what opens its housekeepers. */
export const HOUSEKEEPERS = Symbol('housekeepers');
export type OpenHousekeepers = () => Promise<readonly Housekeeper[]>;

/** Prunes now and then while the service runs; a place that several processes share is left to one of them at a time. */
@Injectable()
export class Housekeeping implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #logger: Pick<Platform['logger'], 'info' | 'warn'>;
  readonly #signal: AbortSignal;
  readonly #open: OpenHousekeepers;
  #running: Promise<void> | undefined;

  constructor(@Inject(PLATFORM) { logger }: Platform, closing: Closing, @Inject(HOUSEKEEPERS) open: OpenHousekeepers) {
    this.#logger = logger;
    this.#signal = closing.signal;
    this.#open = open;
  }

  onApplicationBootstrap(): void {
    this.#running = this.#run().catch((error: unknown) => this.#logger.warn({ err: error }, 'housekeeping ended'));
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    let housekeepers: readonly Housekeeper[] = [];
    for (await this.#pause(firstAfterMs); !this.#signal.aborted; await this.#pause(everyMs)) {
      try {
        if (housekeepers.length === 0) housekeepers = await this.#open();
        await this.#prune(housekeepers);
      } catch (error) {
        this.#failed(error);
      }
    }
  }

  async #prune(housekeepers: readonly Housekeeper[]): Promise<void> {
    for (const { place, pruned, fault } of await pruneEverywhere(housekeepers)) {
      if (pruned.length > 0)
        this.#logger.info({ place, items: pruned.length }, 'what was no longer needed was removed');
      if (fault !== undefined) this.#failed(fault.error, place);
    }
  }

  #failed(error: unknown, place?: string): void {
    if (!this.#signal.aborted) this.#logger.warn({ err: error, place }, 'housekeeping failed; it is tried again later');
  }

  async #pause(milliseconds: number): Promise<void> {
    await sleep(milliseconds, undefined, { signal: this.#signal, ref: false }).catch(() => undefined);
  }
}
