import { setTimeout as sleep } from 'node:timers/promises';
import type { Cursor } from '@backstay/event-sourcing';
import type pg from 'pg';
import { clientLike, type Pool } from '../connect.ts';
import { retrying, type OnFault } from '../faults.ts';
import { compareCursors, isCursor } from './cursor.ts';

const channel = 'backstay_events';
/** Appends within this time are notified together. */
const notifyEveryMs = 10;

/**
 * Notifies the subscriptions of this process at once, and those of others by NOTIFY, that something was appended and up to which
 * cursor. One connection of its own listens and notifies, after the append's commit and never inside it. A notification may be
 * lost: subscriptions read by themselves from time to time.
 */
export class AppendNotifier {
  readonly #pool: Pool;
  readonly #onFault: OnFault;
  readonly #closing = new AbortController();
  readonly #waiting = new Set<() => void>();
  #running: Promise<void> | undefined;
  #client: pg.Client | undefined;
  #sequence = 0;
  #latest: Cursor | null = null;
  #unsent: Cursor | null = null;
  #isNotifying = false;

  constructor(pool: Pool, onFault: OnFault) {
    this.#pool = pool;
    this.#onFault = onFault;
  }

  /** Whether notifications of other processes are heard at present. */
  get isListening(): boolean {
    return this.#client !== undefined;
  }

  /** Rises with each notification: take it before reading, and pass it to `wait`, so that none in between is missed. */
  get sequence(): number {
    return this.#sequence;
  }

  open(): void {
    this.#running ??= this.#listen().catch((error: unknown) =>
      this.#onFault({ operation: 'listen', error: error as Error, failures: 1 }),
    );
  }

  /** Events were committed, the last of them at this cursor. */
  notify(cursor: Cursor): void {
    this.open();
    this.#hear(cursor);
    if (this.#unsent === null || compareCursors(cursor, this.#unsent) > 0) this.#unsent = cursor;
    if (!this.#isNotifying) this.#send().catch(this.#reported);
  }

  /** Whether events behind this cursor were committed, as far as is known here; readers may not see them yet. */
  expectsBehind(cursor: Cursor | null): boolean {
    return this.#latest !== null && (cursor === null || compareCursors(this.#latest, cursor) > 0);
  }

  /** Waits for a notification after `sequence`, the time, or the signal. */
  async wait(sequence: number, milliseconds: number, signal: AbortSignal): Promise<void> {
    if (this.#sequence === sequence && !signal.aborted) await this.#sleep(milliseconds, signal);
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
        this.#waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, milliseconds);
      signal.addEventListener('abort', wake, { once: true });
      this.#waiting.add(wake);
    });
  }

  #hear(cursor: Cursor | null): void {
    if (cursor !== null && (this.#latest === null || compareCursors(cursor, this.#latest) > 0)) this.#latest = cursor;
    this.#sequence += 1;
    for (const wake of this.#waiting) wake();
  }

  readonly #reported = (error: unknown): void => {
    this.#isNotifying = false;
    this.#onFault({ operation: 'notify', error: error as Error, failures: 1 });
  };

  async #send(): Promise<void> {
    this.#isNotifying = true;
    while (this.#client !== undefined && this.#unsent !== null) {
      const cursor = this.#unsent;
      this.#unsent = null;
      // A failure ends the connection, which `#listen` reports and replaces.
      await this.#client.query(`NOTIFY ${channel}, '${cursor}'`).catch(() => this.#client?.end().catch(() => {}));
      await sleep(notifyEveryMs, undefined, { signal: this.#closing.signal }).catch(() => {});
    }
    this.#isNotifying = false;
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
    client.on('notification', ({ processId, payload }) => {
      if (processId !== processOf(client)) this.#hear(isCursor(payload) ? payload : null);
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
    // Whatever was notified while nobody listened.
    this.#hear(null);
    if (!this.#isNotifying) this.#send().catch(this.#reported);
    await ended;
    this.#client = undefined;
  }
}

// The server's process behind a connection; the declared types leave it out.
const processOf = (client: pg.Client): number | undefined => (client as pg.Client & { processID?: number }).processID;
