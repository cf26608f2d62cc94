import type { Cursor } from '@backstay/event-sourcing';

/** Transaction id and position: the order in which readers see events. Text, because both are wider than a double. */
export interface Place {
  readonly tx: string;
  readonly position: string;
}

const beginning: Place = { tx: '0', position: '0' };
const form = /^(\d{1,20})-(\d{1,19})$/;

export function isCursor(text: unknown): text is Cursor {
  return typeof text === 'string' && form.test(text);
}

/** @throws {TypeError} when the cursor is not one of this store. */
export function placeOf(cursor: Cursor | null): Place {
  if (cursor === null) return beginning;
  const [, tx, position] = form.exec(cursor) ?? [];
  if (tx === undefined || position === undefined)
    throw new TypeError(`not a cursor of this event store: ${JSON.stringify(cursor)}`);
  return { tx, position };
}

/** Negative when the first stands before the second. @throws {TypeError} when one is not a cursor of this store. */
export function compareCursors(one: Cursor, other: Cursor): number {
  const [a, b] = [placeOf(one), placeOf(other)];
  return compareDigits(a.tx, b.tx) || compareDigits(a.position, b.position);
}

/** Text whose order by code unit is that of the cursors. @throws {TypeError} when it is not a cursor of this store. */
export function sortKey(cursor: Cursor): string {
  const { tx, position } = placeOf(cursor);
  return `${tx.padStart(20, '0')}-${position.padStart(19, '0')}`;
}

// Both are written without leading zeros, so that the longer one is the greater.
function compareDigits(one: string, other: string): number {
  return one.length - other.length || (one < other ? -1 : Number(one > other));
}
