import type { Cursor, DomainEvent, RecordedEvent, SealedEvent } from './event.ts';

/** Raised by `append` when the stream is not at the stated version. Another writer was faster: fold again and decide again. */
export class VersionConflict extends Error {
  override readonly name = 'VersionConflict';
  readonly stream: string;
  readonly expected: number;

  constructor(stream: string, expected: number) {
    super(`stream ${stream} is not at version ${expected}`);
    this.stream = stream;
    this.expected = expected;
  }
}

export interface Append {
  readonly stream: string;
  /** The exact version of the stream; 0 expects no stream. */
  readonly expectedVersion: number;
  /** The same command id on the same stream appends once; the second time returns what the first returned. */
  readonly commandId: string;
  readonly events: readonly SealedEvent[];
}

export interface Appended {
  /** Version of the stream's last event after this append. */
  readonly version: number;
  /** True when an earlier append with this command id already stands and nothing was written now. */
  readonly duplicate: boolean;
}

export interface ReadOptions {
  /** First version to return; default 1. */
  readonly from?: number;
  /** Last version to return; default the last. */
  readonly to?: number;
  /** How many events at most; default all of them. */
  readonly limit?: number;
}

export interface SubscribeOptions {
  /** Continue behind this cursor; null or absent: from the very first event. */
  readonly after?: Cursor | null;
  /** Ends the subscription; the iteration then finishes without an error. */
  readonly signal: AbortSignal;
  /** Events in one batch at most; default 500. */
  readonly batchSize?: number;
}

export interface CorrelatedOptions {
  /** Only those in streams of this category; absent: in all. */
  readonly category?: string;
}

/**
 * The only record of what happened. Events of one stream are gap-free by version; all events have one order in which
 * no event ever appears behind a cursor that was already returned.
 */
export interface EventStore {
  /** @throws {VersionConflict} when the stream is not at the expected version. */
  append(append: Append): Promise<Appended>;
  /** The events of one stream in order; empty when there is no stream. */
  read<Event extends DomainEvent = DomainEvent>(stream: string, options?: ReadOptions): Promise<RecordedEvent<Event>[]>;
  /** One page of all events behind a cursor; fewer than `limit` means that the end was reached. */
  readAll(after: Cursor | null, limit: number): Promise<RecordedEvent[]>;
  /** As `readAll`, of one correlation alone, at a cost that does not depend on how many events others have. */
  readCorrelated(
    correlation: string,
    after: Cursor | null,
    limit: number,
    options?: CorrelatedOptions,
  ): Promise<RecordedEvent[]>;
  /** How many events stand behind a cursor, counted up to a bound; none of them is loaded. */
  countBehind(after: Cursor | null, upTo: number): Promise<number>;
  /** Cursor of the last event that readers see now; null when there is none. */
  head(): Promise<Cursor | null>;
  /** Negative when the first cursor stands before the second, positive when behind it. Only the store knows. */
  compareCursors(one: Cursor, other: Cursor): number;
  /** Text whose order by code unit is that of the cursors: for an event that records where another one stands. */
  sortKey(cursor: Cursor): string;
  /** All events, first those that stand, then live ones, in batches that are never empty. */
  subscribe(options: SubscribeOptions): AsyncIterable<readonly RecordedEvent[]>;
}
