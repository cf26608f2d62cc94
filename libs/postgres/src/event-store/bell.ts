import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { clientLike, type Pool } from '../connect.ts';
import { retrying, type OnFault } from '../faults.ts';

const channel = 'backstay_events';

/**
 * Tells waiting subscribers, here and in other processes, that something was appended. One connection of its own listens and
 * notifies, after the append's commit and never inside it, with at most one notification on its way. A stroke may be lost;
 * subscribers look by themselves from time to time.
 */
export class Bell {
  readonly #pool: Pool;
  readonly #onFault: OnFault;
  readonly #closing = new AbortController();
  readonly #sleepers = new Set<() => void>();
  #running: Promise<void> | undefined;
  #client: pg.Client | undefined;
  #strokes = 0;
  #rings = 0;
  #notifying = false;

  constructor(pool: Pool, onFault: OnFault) {
    this.#pool = pool;
    this.#onFault = onFault;
  }

  /** Whether strokes of other processes are heard at present. */
  get listening(): boolean {
    return this.#client !== undefined;
  }

  /** Strokes so far: take it before looking, and hand it to `wait`, so that none in between is missed. */
  get strokes(): number {
    return this.#strokes;
  }

  open(): void {
    this.#running ??= this.#listen();
  }

  ring(): void {
    this.open();
    this.#rings += 1;
    this.#strike();
    if (!this.#notifying) void this.#notify();
  }

  /** Until a stroke after `strokes`, the time, or the signal; answers whether it was a stroke. */
  async wait(strokes: number, milliseconds: number, signal: AbortSignal): Promise<boolean> {
    if (this.#strokes === strokes && !signal.aborted) await this.#sleep(milliseconds, signal);
    return this.#strokes !== strokes;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#client?.end().catch(() => {});
    await this.#running;
  }

  #sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', wake);
        this.#sleepers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, milliseconds);
      signal.addEventListener('abort', wake, { once: true });
      this.#sleepers.add(wake);
    });
  }

  #strike(): void {
    this.#strokes += 1;
    for (const wake of this.#sleepers) wake();
  }

  async #notify(): Promise<void> {
    this.#notifying = true;
    let told = -1;
    while (this.#client !== undefined && told !== this.#rings) {
      told = this.#rings;
      // A failure ends the connection, which `#listen` reports and replaces.
      await this.#client.query(`NOTIFY ${channel}`).catch(() => this.#client?.end());
    }
    this.#notifying = false;
  }

  async #listen(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        const client = await retrying('listen', { attempts: Infinity, signal, onFault: this.#onFault }, () =>
          this.#connect(),
        );
        await this.#until(client);
      } catch (error) {
        if (signal.aborted) return;
        this.#onFault({ operation: 'listen', error: error as Error, failures: 1 });
        await sleep(2_000, undefined, { signal }).catch(() => {});
      }
    }
  }

  async #connect(): Promise<pg.Client> {
    const client = clientLike(this.#pool);
    client.on('error', () => {});
    client.on('notification', ({ processId }) => {
      if (processId !== processOf(client)) this.#strike();
    });
    try {
      await client.connect();
      await client.query(`LISTEN ${channel}`);
      return client;
    } catch (error) {
      await client.end().catch(() => {});
      throw error;
    }
  }

  async #until(client: pg.Client): Promise<void> {
    const ended = new Promise((resolve) => client.once('end', resolve));
    if (this.#closing.signal.aborted) return client.end();
    this.#client = client;
    // Whatever was rung while nobody listened.
    this.#strike();
    await ended;
    this.#client = undefined;
  }
}

// The server's process behind a connection; the declared types leave it out.
const processOf = (client: pg.Client): number | undefined => (client as pg.Client & { processID?: number }).processID;
