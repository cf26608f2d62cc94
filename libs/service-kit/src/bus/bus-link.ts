import { statSync } from 'node:fs';
import { join } from 'node:path';
import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationShutdown,
  type OnModuleDestroy,
} from '@nestjs/common';
import {
  connectBus,
  inboxOf,
  WakeUps,
  type Bus,
  type BusStatus,
  type Credentials,
  type OnFault,
} from '@backstay/jetstream';
import { Closing } from '../closing.ts';
import { hasOwnCredential, type Settings } from '../config/config.ts';
import { PLATFORM, type Platform } from '../platform.ts';

const eventSource = '/backstay';

/** A service's connection to NATS. The service works without it: all work is found in the store too. */
@Injectable()
export class BusLink implements OnModuleDestroy, BeforeApplicationShutdown, OnApplicationShutdown {
  readonly #platform: Platform;
  readonly #signal: AbortSignal;
  #state: BusStatus['state'] = 'disconnected';
  #bus: Bus | null = null;
  #joining: Promise<unknown> = Promise.resolve();

  constructor(@Inject(PLATFORM) platform: Platform, closing: Closing) {
    this.#platform = platform;
    this.#signal = closing.signal;
  }

  get isConnected(): boolean {
    return this.#state === 'connected';
  }

  /** Whether anybody is let in by NATS, though this service has a key: it lacks the accounts of `backstay keys`. */
  get lacksAccounts(): boolean {
    return hasOwnCredential(this.#platform.settings) && this.#bus?.asksForCredentials() === false;
  }

  /** Whether NATS lets each publisher use its own subject only: it asks for credentials, and this service has its own. */
  get knowsPublishers(): boolean {
    return hasOwnCredential(this.#platform.settings) && this.#bus?.asksForCredentials() === true;
  }

  /**
   * Connects to NATS for as long as that takes, publishes the wake-ups of this process there, and passes the connection on.
   * @param use is not called when the service closes before
   */
  join(use: (bus: Bus) => Promise<void> = async () => undefined): Promise<void> {
    const joining = this.#connect(use).catch((error: unknown) => {
      if (!this.#signal.aborted) this.#platform.logger.error({ err: error }, 'the bus cannot be joined');
    });
    this.#joining = joining;
    return joining;
  }

  /** Sends once, to whoever listens there now. @throws where there is no connection, or the message is too large */
  send(subject: string, body: object): void {
    if (this.#bus === null || !this.isConnected) throw new Error('NATS is not connected');
    this.#bus.nc.publish(subject, JSON.stringify(body));
  }

  onModuleDestroy(): void {
    this.#platform.wakeUps.join(null);
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.#joining;
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#bus?.close();
  }

  readonly onFault: OnFault = ({ operation, error, failures }) =>
    this.#platform.logger.warn({ err: error, operation, failures }, 'the bus did not respond as it should');

  async #connect(use: (bus: Bus) => Promise<void>): Promise<void> {
    const { name, settings, logger, wakeUps } = this.#platform;
    const bus = await connectBus({
      url: settings.BACKSTAY_NATS_URL,
      ...credentialsOf(name, settings),
      inbox: inboxOf(name),
      tlsCa: settings.BACKSTAY_NATS_TLS_CA,
      name: `backstay-${name}`,
      onStatus: ({ state, detail }) => {
        this.#state = state;
        logger.info({ state, detail }, 'bus');
      },
      signal: this.#signal,
    });
    this.#bus = bus;
    await use(bus);
    if (!wakeUps.isJoined && !this.#signal.aborted)
      wakeUps.join(new WakeUps({ nc: bus.nc, source: eventSource, onFault: this.onFault }));
  }
}

/** A service's own; where several share the settings, their keys are in one folder, each by its name. */
function credentialsOf(name: string, settings: Settings): Credentials {
  const { BACKSTAY_NATS_CREDS: creds, BACKSTAY_NATS_SEED: seed } = settings;
  if (creds === undefined) return { seed };
  const isFolder = statSync(creds, { throwIfNoEntry: false })?.isDirectory() === true;
  return { seed, creds: isFolder ? join(creds, `${name}.nk`) : creds };
}
