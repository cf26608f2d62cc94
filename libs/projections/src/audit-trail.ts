import { asStored, type Actor, type RecordedEvent } from '@backstay/event-sourcing';
import { summaryIn } from './sentences.ts';
import { whoActed } from './who.ts';

/** One event with all that its hash covers: stream, id, version, type, time, actor, causation, correlation and data. */
export interface AuditEntry {
  readonly eventId: string;
  readonly stream: string;
  readonly version: number;
  /** The store's order number of the event, the last number of its cursor; for reading, never for paging. */
  readonly position: number;
  /** Opaque; names this place in the order of all events. */
  readonly cursor: string;
  readonly time: string;
  readonly type: string;
  /** As it is recorded, for the hash covers it. */
  readonly actor: Actor;
  /** Who it was, as text, with what is only claimed marked as such. */
  readonly by: string;
  readonly summary: string;
  readonly causationId: string | null;
  readonly correlationId: string;
  readonly hash: string;
  /** As it is recorded; whatever else somebody put in its place breaks the chain of hashes. */
  readonly data: Readonly<Record<string, unknown>>;
}

export interface AuditTrail {
  readonly entries: readonly AuditEntry[];
}

/**
 * What happened, all of it, in order; types that this version does not know are part of it. Of a part of a stream, `plan` is the
 * event `PlanDrafted` before that part, if there is one.
 */
export function auditTrail(events: readonly RecordedEvent[], plan?: RecordedEvent): AuditTrail {
  const summaryOf = summaryIn(plan === undefined ? events : [plan, ...events]);
  return { entries: events.map((event) => entryOf(event, summaryOf(event))) };
}

function entryOf(event: RecordedEvent, summary: string): AuditEntry {
  const { id, stream, version, cursor, time, type, actor, causation, correlation, hash, data } = asStored(event);
  return {
    eventId: id,
    stream,
    version,
    position: positionOf(cursor, version),
    cursor,
    time,
    type,
    actor,
    by: whoActed(event),
    summary,
    causationId: causation,
    correlationId: correlation,
    hash,
    data: data as AuditEntry['data'],
  };
}

/** A cursor without a number leaves the version to order by. */
function positionOf(cursor: string, version: number): number {
  const digits = /(\d+)\D*$/.exec(cursor)?.[1];
  return digits === undefined ? version : Number(digits);
}
