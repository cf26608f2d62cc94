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

/** Field by field: spreading a row costs several times as much, and pages have thousands of them. */
export function recordedEvent(row: EventRow): RecordedEvent {
  const event: { -readonly [Field in keyof RecordedEvent]: RecordedEvent[Field] } = {
    stream: row.stream,
    version: row.version,
    id: row.id,
    type: row.type,
    data: JSON.parse(row.data) as unknown,
    time: row.time,
    actor: actorOf(row.actor),
    correlation: row.correlation,
    causation: row.causation,
    hash: row.hash,
    cursor: row.cursor,
  };
  if (row.traceparent !== null) event.traceparent = row.traceparent;
  return event;
}

const mostActors = 1_000;
const actors = new Map<string, Actor>();

/** Few actors write most events. */
function actorOf(text: string): Actor {
  const known = actors.get(text);
  if (known !== undefined) return known;
  if (actors.size >= mostActors) actors.clear();
  const actor = Object.freeze(JSON.parse(text) as Actor);
  actors.set(text, actor);
  return actor;
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
