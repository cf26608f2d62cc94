import type { EventStore, RecordedEvent } from '@backstay/event-sourcing';
import { eventsAsOf } from '@backstay/projections';

/** So many events are in memory at once, however long a stream is. */
const batchSize = 500;

type Reader = Pick<EventStore, 'read'>;

/** A part of a stream. */
export interface Part {
  /** Version behind which it begins; default 0. */
  readonly after?: number;
  /** A version in digits or an RFC 3339 time, behind which nothing is read. */
  readonly asOf?: string | undefined;
}

/** The events of a stream in batches, as the store has them now. */
export async function* batchesOf(
  store: Reader,
  stream: string,
  { after = 0, asOf }: Part = {},
  size = batchSize,
): AsyncGenerator<RecordedEvent[]> {
  const to = asOf !== undefined && /^\d+$/.test(asOf) ? { to: Number(asOf) } : {};
  for (let from = after + 1; ;) {
    const batch = await store.read(stream, { from, limit: size, ...to });
    if (batch.length > 0) yield batch;
    if (batch.length < size) return;
    from = (batch.at(-1) as RecordedEvent).version + 1;
  }
}

export interface Page {
  readonly events: readonly RecordedEvent[];
  /** Whether there are more behind it. */
  readonly more: boolean;
}

/** The first `limit` events of a part. */
export async function pageOf(store: Reader, stream: string, part: Part, limit: number): Promise<Page> {
  const events: RecordedEvent[] = [];
  for await (const batch of batchesOf(store, stream, part, Math.min(batchSize, limit + 1))) {
    events.push(...(part.asOf === undefined ? batch : eventsAsOf(batch, part.asOf)));
    if (events.length > limit) return { events: events.slice(0, limit), more: true };
  }
  return { events, more: false };
}
