import type { Append, Appended } from '@backstay/event-sourcing';
import type { Pool } from '../connect.ts';
import { isUniqueViolation, retrying, type Retry } from '../faults.ts';
import { insert, insertAlone, refused, versionAfter } from './insert.ts';

interface Waiting {
  readonly append: Append;
  readonly resolve: (appended: Appended) => void;
  readonly reject: (error: unknown) => void;
}

/** More appends wait than may: the caller is told at once, so that it can slow down. */
export class AppendQueueFull extends Error {
  override readonly name = 'AppendQueueFull';

  constructor(limit: number) {
    super(`${limit} appends are waiting to be written`);
  }
}

const flightsAtOnce = 2;
const eventsPerFlight = 256;
const longestQueue = 10_000;

/**
 * Gathers the appends that arrive while two statements are on their way, and writes them together: many appends cost one
 * commit. An append that finds nothing on its way flies alone and at once. Each stream flies once at a time, so that one
 * writer's conflict is never another's.
 */
export class AppendQueue {
  readonly #pool: Pool;
  readonly #retry: Retry;
  readonly #written: () => void;
  readonly #flying = new Set<string>();
  #waiting: Waiting[] = [];
  #flights = 0;

  /** @param written called after each commit, perhaps more than once */
  constructor(pool: Pool, retry: Retry, written: () => void) {
    this.#pool = pool;
    this.#retry = retry;
    this.#written = written;
  }

  append(append: Append): Promise<Appended> {
    if (this.#waiting.length >= longestQueue) return Promise.reject(new AppendQueueFull(longestQueue));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ append, resolve, reject });
      this.#depart();
    });
  }

  #depart(): void {
    while (this.#flights < flightsAtOnce) {
      const batch = this.#board();
      if (batch.length === 0) return;
      this.#flights += 1;
      void this.#fly(batch).finally(() => {
        this.#flights -= 1;
        for (const { append } of batch) this.#flying.delete(append.stream);
        this.#depart();
      });
    }
  }

  #board(): Waiting[] {
    const batch: Waiting[] = [];
    const staying: Waiting[] = [];
    let events = 0;
    for (const waiting of this.#waiting) {
      const { stream, events: own } = waiting.append;
      const fits = batch.length === 0 || events + own.length <= eventsPerFlight;
      if (!fits || this.#flying.has(stream)) {
        staying.push(waiting);
        continue;
      }
      this.#flying.add(stream);
      events += own.length;
      batch.push(waiting);
    }
    this.#waiting = staying;
    // Everybody locks keys in the same order: no deadlock between two processes.
    return batch.sort((a, b) => (a.append.stream < b.append.stream ? -1 : 1));
  }

  async #fly(batch: readonly Waiting[]): Promise<void> {
    if (batch.length === 1)
      return this.#settle(batch, (append, failures) => insertAlone(this.#pool, append, failures > 0));
    let failuresBefore = 0;
    try {
      const taken = await retrying('append', this.#retry, (failures) => {
        failuresBefore = failures;
        return insert(
          this.#pool,
          batch.map(({ append }) => append),
        );
      });
      await this.#settle(batch, (append, failures) => {
        if (taken.has(append.stream)) return Promise.resolve({ version: versionAfter(append), duplicate: false });
        return refused(this.#pool, append, failuresBefore + failures > 0);
      });
    } catch (error) {
      if (!isUniqueViolation(error)) return batch.forEach(({ reject }) => reject(error));
      await this.#settle(batch, (append, failures) => insertAlone(this.#pool, append, failuresBefore + failures > 0));
    }
  }

  async #settle(
    batch: readonly Waiting[],
    answer: (append: Append, failures: number) => Promise<Appended>,
  ): Promise<void> {
    for (const { append, resolve, reject } of batch) {
      try {
        const appended = await retrying('append', this.#retry, (failures) => answer(append, failures));
        if (!appended.duplicate) this.#written();
        resolve(appended);
      } catch (error) {
        reject(error);
      }
    }
  }
}
