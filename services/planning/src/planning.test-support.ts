import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { connectBus, type Bus } from '@backstay/jetstream';
import { scratchDir } from '@backstay/local-platform';
import { stopTestParts, testDatabase, type TestDatabase } from '@backstay/local-platform/testing';
import { openPlatform, readSettings, startPhaseService, type Platform } from '@backstay/service-kit';
import { planningService } from './index.ts';

/** The planning service at work, and a platform by which a test sees what it recorded. */
export interface AtWork {
  /** Of its health routes. */
  readonly url: string;
  readonly platform: Platform;
  /** A connection of somebody who publishes, with these credentials. */
  readonly connect: (creds?: string) => Promise<Bus>;
}

/** A folder and a database, and the planning services that a test starts on them. */
class World {
  #directory: string | undefined;
  #database: TestDatabase | undefined;
  readonly #closing: (() => Promise<unknown>)[] = [];

  async open(): Promise<void> {
    [this.#directory, this.#database] = await Promise.all([scratchDir('planning'), testDatabase()]);
    mkdirSync(join(this.directory, 'data'));
  }

  get directory(): string {
    if (this.#directory === undefined) throw new Error('the folder is not there yet');
    return this.#directory;
  }

  /** @param url of NATS */
  async start(url: string, own: NodeJS.ProcessEnv): Promise<AtWork> {
    const environment = {
      BACKSTAY_POSTGRES_URL: this.#database?.url,
      BACKSTAY_NATS_URL: url,
      BACKSTAY_DATA_DIR: join(this.directory, 'data'),
      BACKSTAY_HEALTH_PORT: '0',
      BACKSTAY_LOG_LEVEL: 'silent',
      ...own,
    };
    const platform = await openPlatform('planning', readSettings(environment));
    this.#closing.unshift(() => platform.close());
    const service = await startPhaseService(planningService, environment);
    this.#closing.unshift(() => service.close());
    const connect = async (creds?: string) => {
      const bus = await connectBus({ url, name: 'spec', creds, onStatus: () => undefined });
      this.#closing.unshift(() => bus.close());
      return bus;
    };
    return { url: service.url, platform, connect };
  }

  /** Closes something of the test's own before what is open already. */
  closing(close: () => Promise<unknown>): void {
    this.#closing.unshift(close);
  }

  async close(): Promise<void> {
    for (const close of this.#closing) await close();
    await this.#database?.drop();
    await stopTestParts();
    if (this.#directory !== undefined) rmSync(this.#directory, { recursive: true, force: true });
  }
}

/** For all tests of the file or the `describe` that asks for it, and closed after the last. */
export function world(): World {
  const here = new World();
  beforeAll(() => here.open());
  afterAll(() => here.close());
  return here;
}
