import type { Append, Appended, Cursor } from '@backstay/event-sourcing';
import type { Pool } from '../connect.ts';
import { isUniqueViolation, retrying, type Retry } from '../faults.ts';
import { insert, insertAlone, refused, versionAfter, type Settled } from './insert.ts';

interface Waiting {
  readonly append: Append;
  readonly resolve: (appended: Appended) => void;
  readonly reject: (error: unknown) => void;
}

/** More appends wait than may: the caller learns it at once, so that it can slow down. */
export class AppendQueueFull extends Error {
  override readonly name = 'AppendQueueFull';

  constructor(limit: number) {
    super(`${limit} appends are waiting to be written`);
  }
}

const batchesAtOnce = 2;
const eventsPerBatch = 256;
const longestQueue = 10_000;

/**
 * Collects the appends that arrive while two statements are under way, and writes them together: many appends cost one
 * commit. An append that finds nothing under way is written alone and at once. A stream is in one batch at a time, so that one
 * writer's conflict is never another's.
 */
export class AppendQueue {
  readonly #pool: Pool;
  readonly #retry: Retry;
  readonly #onWritten: (cursor: Cursor) => void;
  readonly #underWay = new Set<string>();
  #waiting: Waiting[] = [];
  #batches = 0;

  /** @param onWritten hears of each append after its commit, with the cursor of its last event */
  constructor(pool: Pool, retry: Retry, onWritten: (cursor: Cursor) => void) {
    this.#pool = pool;
    this.#retry = retry;
    this.#onWritten = onWritten;
  }

  append(append: Append): Promise<Appended> {
    if (this.#waiting.length >= longestQueue) return Promise.reject(new AppendQueueFull(longestQueue));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ append, resolve, reject });
      this.#flush();
    });
  }

  #flush(): void {
    while (this.#batches < batchesAtOnce) {
      const batch = this.#collect();
      if (batch.length === 0) return;
      this.#batches += 1;
      this.#write(batch)
        .finally(() => {
          this.#batches -= 1;
          for (const { append } of batch) this.#underWay.delete(append.stream);
          this.#flush();
        })
        .catch((error: unknown) => batch.forEach(({ reject }) => reject(error)));
    }
  }

  #collect(): Waiting[] {
    const batch: Waiting[] = [];
    const staying: Waiting[] = [];
    let events = 0;
    for (const waiting of this.#waiting) {
      const { stream, events: own } = waiting.append;
      const fits = batch.length === 0 || events + own.length <= eventsPerBatch;
      if (!fits || this.#underWay.has(stream)) {
        staying.push(waiting);
        continue;
      }
      this.#underWay.add(stream);
      events += own.length;
      batch.push(waiting);
    }
    this.#waiting = staying;
    // Everybody locks keys in the same order: no deadlock between two processes.
    return batch.sort((a, b) => (a.append.stream < b.append.stream ? -1 : 1));
  }

  async #write(batch: readonly Waiting[]): Promise<void> {
    if (batch.length === 1)
      return this.#settle(batch, (append, failures) => insertAlone(this.#pool, append, failures > 0));
    let failuresBefore = 0;
    try {
      const written = await retrying('append', this.#retry, (failures) => {
        failuresBefore = failures;
        return insert(
          this.#pool,
          batch.map(({ append }) => append),
        );
      });
      await this.#settle(batch, (append, failures) => {
        const cursor = written.get(append.stream);
        if (cursor !== undefined) return Promise.resolve({ version: versionAfter(append), duplicate: false, cursor });
        return refused(this.#pool, append, failuresBefore + failures > 0);
      });
    } catch (error) {
      if (!isUniqueViolation(error)) return batch.forEach(({ reject }) => reject(error));
      await this.#settle(batch, (append, failures) => insertAlone(this.#pool, append, failuresBefore + failures > 0));
    }
  }

  async #settle(
    batch: readonly Waiting[],
    outcome: (append: Append, failures: number) => Promise<Settled>,
  ): Promise<void> {
    for (const { append, resolve, reject } of batch) {
      try {
        const { cursor, ...appended } = await retrying('append', this.#retry, (failures) => outcome(append, failures));
        if (cursor !== undefined) this.#onWritten(cursor);
        resolve(appended);
      } catch (error) {
        reject(error);
      }
    }
  }
}
