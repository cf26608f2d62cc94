import { canonicalJson, type Actor, type Append, type RecordedEvent, type SealedEvent } from '@backstay/event-sourcing';

export interface EventRow {
  readonly stream: string;
  readonly version: number;
  readonly id: string;
  readonly type: string;
  readonly data: string;
  readonly time: string;
  readonly actor: string;
  readonly correlation: string;
  readonly causation: string | null;
  readonly traceparent: string | null;
  readonly hash: string;
  readonly cursor: string;
}

/** What a query selects from `backstay.events e` to yield event rows. */
export const selectedColumns = `e.stream, e.version, e.id, e.type, e.data, e.time, e.actor, e.correlation, e.causation,
  e.traceparent, e.hash, e.tx::text || '-' || e.position AS cursor`;

export function recordedEvent({ data, actor, traceparent, ...row }: EventRow): RecordedEvent {
  return {
    ...row,
    data: JSON.parse(data) as unknown,
    actor: JSON.parse(actor) as Actor,
    ...(traceparent === null ? {} : { traceparent }),
  };
}

/** One parameter of the insert. */
export type Column = string | number | null;

/** One row of parameters for each event of an append, in the order of the insert's columns. */
export function parameterRows({ expectedVersion, commandId, events }: Append): Column[][] {
  return events.map((event, index) => [
    event.stream,
    expectedVersion,
    event.version,
    event.id,
    event.type,
    canonicalJson(event.data),
    event.time,
    canonicalJson(event.actor),
    event.correlation,
    event.causation,
    event.traceparent ?? null,
    event.hash,
    index === events.length - 1 ? commandId : null,
  ]);
}

/** @throws {TypeError} when the events were not sealed for this place: a fault of the caller, not a conflict. */
export function checkPlaces({ stream, expectedVersion, events }: Append): void {
  const misplaced = (event: SealedEvent, index: number) =>
    event.stream !== stream || event.version !== expectedVersion + index + 1;
  const stray = events.find(misplaced);
  if (stray === undefined) return;
  throw new TypeError(
    `event ${stray.id} is sealed for ${stray.stream}@${stray.version}, not for an append to ${stream}@${expectedVersion}`,
  );
}
