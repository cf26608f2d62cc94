import type { Cursor, RecordedEvent } from './event.ts';
import type { EventStore, SubscribeOptions } from './event-store.ts';

export interface SharedSubscriptionOptions {
  /** Ends the subscription and, with it, every consumer's iteration. */
  readonly signal: AbortSignal;
  /** Events in one batch; default 500. */
  readonly batchSize?: number;
  /** Events that wait for a slow consumer at most; default 5000. Beyond, it reads alone until it has caught up. */
  readonly queueLimit?: number;
}

export interface SharedSubscribeOptions extends SubscribeOptions {
  /** Only events of this correlation; what others append is neither read for it nor kept for it. */
  readonly correlation?: string;
}

type Batch = readonly RecordedEvent[];

/**
 * One subscription of the store that feeds every consumer of a process. A consumer that begins behind, or that falls behind,
 * reads pages of its own until it has caught up; then it gets what the others get.
 */
export class SharedSubscription {
  readonly #store: EventStore;
  readonly #options: Required<SharedSubscriptionOptions>;
  readonly #queues = new Set<ConsumerQueue>();
  #position: Cursor | null | undefined;

  constructor(store: EventStore, options: SharedSubscriptionOptions) {
    this.#store = store;
    this.#options = { batchSize: 500, queueLimit: 5_000, ...options };
  }

  /** As the store's own `subscribe`; with a correlation, of that one alone. */
  async *subscribe({
    after = null,
    signal,
    batchSize = 500,
    correlation,
  }: SharedSubscribeOptions): AsyncIterable<Batch> {
    const ended = AbortSignal.any([signal, this.#options.signal]);
    let cursor = after;
    while (!ended.aborted) {
      const queue = new ConsumerQueue(this.#position, this.#options.queueLimit, correlation);
      this.#queues.add(queue);
      try {
        while (!ended.aborted && !this.#hasCaughtUp(cursor, queue)) {
          const { page, next } = await this.#page(cursor, batchSize, correlation);
          if (page.length > 0 && !ended.aborted) yield page;
          cursor = next;
          if (page.length < batchSize) this.#start(cursor);
        }
        for (let batch = await queue.next(ended); batch !== null; batch = await queue.next(ended)) {
          const newer = this.#newer(batch, cursor);
          if (newer.length > 0) yield newer;
          cursor = newer.at(-1)?.cursor ?? cursor;
        }
      } finally {
        this.#queues.delete(queue);
      }
    }
  }

  /** A page and the cursor behind which to read on. */
  async #page(cursor: Cursor | null, limit: number, correlation: string | undefined) {
    if (correlation === undefined) {
      const page = await this.#store.readAll(cursor, limit);
      return { page, next: page.at(-1)?.cursor ?? cursor };
    }
    // Read before the page, which then contains all events up to the head: a consumer that has the last page continues after the head.
    const head = await this.#store.head();
    const page = await this.#store.readCorrelated(correlation, cursor, limit);
    const last = page.at(-1)?.cursor ?? cursor;
    return { page, next: page.length < limit && this.#compare(head, last) > 0 ? head : last };
  }

  /** What a consumer at the cursor has not seen: a batch is in order, so one look at its first event mostly suffices. */
  #newer(batch: Batch, cursor: Cursor | null): Batch {
    const isNewer = (event: RecordedEvent) => this.#compare(event.cursor, cursor) > 0;
    return batch[0] === undefined || isNewer(batch[0]) ? batch : batch.filter(isNewer);
  }

  /** The queue begins behind its start: what is before it has to be read alone. */
  #hasCaughtUp(cursor: Cursor | null, { start }: ConsumerQueue): boolean {
    return start !== undefined && this.#compare(cursor, start) >= 0;
  }

  /** The first consumer that reaches the end says where the shared reading begins. */
  #start(cursor: Cursor | null): void {
    if (this.#position !== undefined) return;
    this.#moveTo(cursor);
    void this.#run(cursor).catch((error: unknown) => {
      this.#position = undefined;
      for (const queue of this.#queues) queue.fail(error);
    });
  }

  async #run(after: Cursor | null): Promise<void> {
    const { signal, batchSize } = this.#options;
    for await (const batch of this.#store.subscribe({ after, signal, batchSize })) {
      for (const queue of this.#queues) queue.push(batch);
      this.#moveTo(batch.at(-1)?.cursor ?? this.#position ?? null);
    }
  }

  #moveTo(cursor: Cursor | null): void {
    this.#position = cursor;
    for (const queue of this.#queues) queue.startAt(cursor);
  }

  #compare(one: Cursor | null, other: Cursor | null): number {
    if (one === null || other === null) return Number(one !== null) - Number(other !== null);
    return this.#store.compareCursors(one, other);
  }
}

/** What the shared reading has for one consumer. */
class ConsumerQueue {
  readonly #limit: number;
  readonly #correlation: string | undefined;
  #start: Cursor | null | undefined;
  #batches: Batch[] = [];
  #events = 0;
  #isLagging = false;
  #failure: { readonly error: unknown } | null = null;
  #wake: () => void = () => {};

  constructor(start: Cursor | null | undefined, limit: number, correlation: string | undefined) {
    this.#start = start;
    this.#limit = limit;
    this.#correlation = correlation;
  }

  /** Everything behind this cursor is or will be in the queue; undefined before the shared reading has begun. */
  get start(): Cursor | null | undefined {
    return this.#start;
  }

  startAt(cursor: Cursor | null): void {
    if (this.#start === undefined) this.#start = cursor;
  }

  push(all: Batch): void {
    if (this.#isLagging) return;
    const batch =
      this.#correlation === undefined ? all : all.filter((event) => event.correlation === this.#correlation);
    if (batch.length === 0) return;
    this.#batches.push(batch);
    this.#events += batch.length;
    if (this.#events > this.#limit) {
      this.#isLagging = true;
      this.#batches = [];
    }
    this.#wake();
  }

  fail(error: unknown): void {
    this.#failure = { error };
    this.#wake();
  }

  /** The next batch; null when the consumer has to read alone, or when the signal ended it. @throws what the shared reading threw */
  async next(signal: AbortSignal): Promise<Batch | null> {
    while (!signal.aborted && this.#batches.length === 0 && !this.#isLagging && this.#failure === null)
      await this.#sleep(signal);
    if (signal.aborted || this.#isLagging) return null;
    if (this.#failure !== null) throw this.#failure.error;
    const batch = this.#batches.flat();
    this.#batches = [];
    this.#events = 0;
    return batch;
  }

  #sleep(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#wake = wake;
      signal.addEventListener('abort', wake, { once: true });
    });
  }
}
