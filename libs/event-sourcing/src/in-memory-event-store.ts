import type { Cursor, DomainEvent, RecordedEvent } from './event.ts';
import {
  VersionConflict,
  type Append,
  type Appended,
  type EventStore,
  type CorrelatedOptions,
  type ReadOptions,
  type SubscribeOptions,
} from './event-store.ts';

/** Keeps every event in one array. For specifications and for pure simulations: nothing survives the process. */
export class InMemoryEventStore implements EventStore {
  readonly #all: RecordedEvent[] = [];
  readonly #streams = new Map<string, RecordedEvent[]>();
  readonly #commands = new Map<string, number>();
  readonly #sleepers = new Set<() => void>();

  append({ stream, expectedVersion, commandId, events }: Append): Promise<Appended> {
    const commandKey = `${stream}\n${commandId}`;
    const earlier = this.#commands.get(commandKey);
    if (earlier !== undefined) return Promise.resolve({ version: earlier, duplicate: true });
    const recorded = this.#streams.get(stream) ?? [];
    if (recorded.length !== expectedVersion) return Promise.reject(new VersionConflict(stream, expectedVersion));
    for (const event of events) {
      const kept: RecordedEvent = { ...structuredCopy(event), cursor: `0-${this.#all.length + 1}` };
      recorded.push(kept);
      this.#all.push(kept);
    }
    if (events.length > 0) this.#streams.set(stream, recorded);
    this.#commands.set(commandKey, recorded.length);
    this.#wake();
    return Promise.resolve({ version: recorded.length, duplicate: false });
  }

  read<Event extends DomainEvent = DomainEvent>(
    stream: string,
    { from = 1, to, limit }: ReadOptions = {},
  ): Promise<RecordedEvent<Event>[]> {
    const events = (this.#streams.get(stream) ?? []).slice(from - 1, to).slice(0, limit);
    return Promise.resolve(events as RecordedEvent<Event>[]);
  }

  readAll(after: Cursor | null, limit: number): Promise<RecordedEvent[]> {
    return Promise.resolve(this.#page(after, limit));
  }

  readCorrelated(
    correlation: string,
    after: Cursor | null,
    limit: number,
    { category }: CorrelatedOptions = {},
  ): Promise<RecordedEvent[]> {
    const own = this.#page(after, this.#all.length).filter((event) => event.correlation === correlation);
    const wanted = own.filter(({ stream }) => category === undefined || stream.startsWith(`${category}-`));
    return Promise.resolve(wanted.slice(0, limit));
  }

  countBehind(after: Cursor | null, upTo: number): Promise<number> {
    return Promise.resolve(this.#page(after, upTo).length);
  }

  head(): Promise<Cursor | null> {
    return Promise.resolve(this.#all.at(-1)?.cursor ?? null);
  }

  compareCursors(one: Cursor, other: Cursor): number {
    return Number(one.slice(2)) - Number(other.slice(2));
  }

  sortKey(cursor: Cursor): string {
    return cursor.slice(2).padStart(16, '0');
  }

  async *subscribe({
    after = null,
    signal,
    batchSize = 500,
  }: SubscribeOptions): AsyncIterable<readonly RecordedEvent[]> {
    let cursor = after;
    while (!signal.aborted) {
      // No await between looking and falling asleep: a wake-up in between would be lost.
      const batch = this.#page(cursor, batchSize);
      const last = batch.at(-1);
      if (last === undefined) {
        await this.#sleep(signal);
      } else {
        yield batch;
        cursor = last.cursor;
      }
    }
  }

  #page(after: Cursor | null, limit: number): RecordedEvent[] {
    const start = after === null ? 0 : Number(after.slice(2));
    return this.#all.slice(start, start + limit);
  }

  #wake(): void {
    for (const wake of this.#sleepers) wake();
    this.#sleepers.clear();
  }

  #sleep(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const wake = () => {
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#sleepers.add(wake);
      signal.addEventListener('abort', wake, { once: true });
    });
  }
}

// JSON is what a real store keeps: what JSON would lose is lost here too.
function structuredCopy<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}
