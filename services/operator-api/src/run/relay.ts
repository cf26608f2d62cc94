import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { runRelay, type Bus, type RelayCheckpoint } from '@backstay/jetstream';
import type { ViewStore } from '@backstay/postgres';
import { BusLink, Closing, PLATFORM, type Platform } from '@backstay/service-kit';
import { OTHERS, type OthersStarted } from '../tokens.ts';
import { underLease } from './under-lease.ts';

/** Name under which the relay keeps how far it came; deleting it publishes everything again. */
export const relayName = 'relay';

/** Publishes events over NATS, wherever in the cluster the relay's lease is held, while the service runs. */
@Injectable()
export class Relay implements OnApplicationBootstrap, OnApplicationShutdown {
  #running: Promise<void> = Promise.resolve();

  constructor(
    @Inject(PLATFORM) private readonly platform: Platform,
    private readonly link: BusLink,
    private readonly closing: Closing,
    @Inject(OTHERS) private readonly othersStarted: OthersStarted,
  ) {}

  onApplicationBootstrap(): void {
    this.#start().catch((error: unknown) => this.platform.logger.error({ err: error }, 'the relay cannot start'));
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#running;
  }

  async #start(): Promise<void> {
    if (!(await this.othersStarted())) return;
    // `join` resolves when the bus is there; the relay goes on from then.
    await this.link.join((bus) => {
      this.#running = this.#relay(bus).catch((error: unknown) =>
        this.platform.logger.error({ err: error }, 'the relay ended'),
      );
      return Promise.resolve();
    });
  }

  async #relay({ js }: Bus): Promise<void> {
    const { store, events, views } = this.platform;
    const subscribe: typeof store.subscribe = (options) => events.subscribe(options);
    await underLease(relayName, this.platform, this.closing.signal, (signal) =>
      runRelay({ store, subscribe, js, checkpoint: checkpointIn(views), signal, onFault: this.link.onFault }),
    );
  }
}

/** Kept as a row of the view store: it moves only from where this relay found it, or left it. */
function checkpointIn(views: ViewStore) {
  const sink = views.sink(relayName);
  return {
    load: async () => {
      await sink.checkpoint();
      return ((await sink.load([relayName])).get(relayName) as RelayCheckpoint | undefined) ?? null;
    },
    save: (checkpoint: RelayCheckpoint) =>
      sink.commit([{ key: relayName, body: checkpoint }], checkpoint.cursor ?? beginning),
  };
}

const beginning = '';
