import type { Cursor, DomainEvent, RecordedEvent } from './event.ts';
import type { Append, Appended, CorrelatedOptions, EventStore, ReadOptions, SubscribeOptions } from './event-store.ts';

/** Gives a stored event the shape of today; one that has it already is returned as it is. Only type and data may change. */
export type Upcast = <Event extends DomainEvent>(event: Event) => Event;

/** Ends the type of an event that could not be upcast: nobody knows such a type, so only its own stream stops. */
const notUpcast = ' (not upcast)';

/** The one place where stored events of earlier shapes become those of today: whatever reads here sees no others. */
export class UpcastingEventStore<Stored extends EventStore = EventStore> implements EventStore {
  /** The same events as they are stored, for who checks hashes. */
  readonly stored: Stored;
  readonly #upcast: Upcast;

  constructor(stored: Stored, upcast: Upcast) {
    this.stored = stored;
    this.#upcast = upcast;
  }

  append(append: Append): Promise<Appended> {
    return this.stored.append(append);
  }

  async read<Event extends DomainEvent = DomainEvent>(
    stream: string,
    options?: ReadOptions,
  ): Promise<RecordedEvent<Event>[]> {
    const events = await this.stored.read(stream, options);
    return events.map((event) => this.upcast(event)) as RecordedEvent<Event>[];
  }

  async readAll(after: Cursor | null, limit: number): Promise<RecordedEvent[]> {
    return (await this.stored.readAll(after, limit)).map((event) => this.upcast(event));
  }

  async readCorrelated(
    correlation: string,
    after: Cursor | null,
    limit: number,
    options?: CorrelatedOptions,
  ): Promise<RecordedEvent[]> {
    return (await this.stored.readCorrelated(correlation, after, limit, options)).map((event) => this.upcast(event));
  }

  countBehind(after: Cursor | null, upTo: number): Promise<number> {
    return this.stored.countBehind(after, upTo);
  }

  head(): Promise<Cursor | null> {
    return this.stored.head();
  }

  async *subscribe(options: SubscribeOptions): AsyncIterable<readonly RecordedEvent[]> {
    for await (const batch of this.stored.subscribe(options)) yield batch.map((event) => this.upcast(event));
  }

  compareCursors(one: Cursor, other: Cursor): number {
    return this.stored.compareCursors(one, other);
  }

  sortKey(cursor: Cursor): string {
    return this.stored.sortKey(cursor);
  }

  /** One event as the other methods give it: as it is stored, under a type that nobody knows, where the upcaster throws. */
  upcast(event: RecordedEvent): RecordedEvent {
    const upcasted = this.#upcasted(event);
    if (upcasted === event) return event;
    const { type, data } = event;
    return { ...upcasted, stored: { type, data } };
  }

  #upcasted(event: RecordedEvent): RecordedEvent {
    try {
      return this.#upcast(event);
    } catch {
      return { ...event, type: `${event.type}${notUpcast}` };
    }
  }
}
