import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { scratchDir, startNats, startPostgres } from '@backstay/local-platform';
import { runSql, urlWith } from './sql.mjs';

/** PostgreSQL and NATS for measuring times: PostgreSQL with every guarantee of durability. Started when first asked for. */
export class Servers {
  #directory;
  #postgres;
  #nats;

  async postgres() {
    this.#postgres ??= startPostgres(await this.#options('postgres'));
    return this.#postgres;
  }

  async nats() {
    this.#nats ??= startNats(await this.#options('nats'));
    return this.#nats;
  }

  /** The URL of a new database. */
  async database(name) {
    const { url } = await this.postgres();
    const database = `${name}_${randomBytes(4).toString('hex')}`;
    await runSql(url, `CREATE DATABASE ${database}`);
    return urlWith(url, { database });
  }

  /** A new directory, removed at the end. */
  async directory(name) {
    this.#directory ??= scratchDir('bench');
    return join(await this.#directory, name);
  }

  async stop() {
    const started = [this.#postgres, this.#nats].map((part) => part?.catch(() => undefined));
    for (const part of await Promise.all(started)) await part?.stop();
    if (this.#directory !== undefined) await rm(await this.#directory, { recursive: true, force: true });
  }

  async #options(name) {
    // A server that a person has configured is never written to.
    const { BACKSTAY_POSTGRES_URL: _, BACKSTAY_NATS_URL: __, ...env } = process.env;
    return { dataDir: await this.directory(name), env, say: () => undefined, ephemeral: true };
  }
}
