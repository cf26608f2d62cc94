import { setInterval, setTimeout as pause } from 'node:timers/promises';
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Projector, type Projection } from '@backstay/event-sourcing';
import { Closing, PLATFORM, type Platform } from '@backstay/service-kit';
import { OTHERS, PROJECTIONS, type OthersStarted } from '../tokens.ts';
import { underLease } from './under-lease.ts';
import { Visibility } from './visibility.ts';

/** How soon a dropped read model is started again, also when no event comes meanwhile. */
const lookMs = 2_000;

/** Keeps all read models up to date, wherever in the cluster their lease is held, while the service runs. */
@Injectable()
export class ReadModels implements OnApplicationBootstrap, OnApplicationShutdown {
  #running: Promise<void> | undefined;

  constructor(
    @Inject(PROJECTIONS) private readonly projections: readonly Projection[],
    @Inject(PLATFORM) private readonly platform: Platform,
    private readonly visibility: Visibility,
    private readonly closing: Closing,
    @Inject(OTHERS) private readonly othersStarted: OthersStarted,
  ) {}

  onApplicationBootstrap(): void {
    this.#running = this.#run().catch((error: unknown) =>
      this.platform.logger.error({ err: error }, 'the read models are no longer kept up to date'),
    );
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    if (!(await this.othersStarted())) return;
    await underLease('projections', this.platform, this.closing.signal, (held) => this.#project(held));
  }

  async #project(held: AbortSignal): Promise<void> {
    const { store, events, views } = this.platform;
    const names = this.projections.map(({ name }) => name);
    const ending = new AbortController();
    const whileTheyStand = AbortSignal.any([held, ending.signal]);
    const projector = new Projector(this.projections, {
      store,
      subscribe: (options) => events.subscribe(options),
      sink: views.sinkOf(names),
      pause: (milliseconds, ended) => pause(milliseconds, undefined, { signal: ended }).catch(() => undefined),
      elapsedMs: () => performance.now(),
      onPassed: (cursor) => this.visibility.passed(cursor),
    });
    const isDropped = async () => {
      const standing = await views.checkpoints(names);
      return projector.hasCheckpoints && names.some((name) => (standing.get(name) ?? null) === null);
    };
    const watching = until(isDropped, whileTheyStand).then(() => ending.abort());
    const leave = this.visibility.keepHere();
    try {
      await projector.run(whileTheyStand);
    } finally {
      leave();
      ending.abort();
      await watching;
    }
  }
}

/** Ends when it is so, or with the signal. */
async function until(isReached: () => Promise<boolean>, signal: AbortSignal): Promise<void> {
  try {
    for await (const _ of setInterval(lookMs, undefined, { signal })) if (await isReached()) return;
  } catch {
    // The signal ended it, or the database does not respond: then the next look begins with what is stored.
  }
}
