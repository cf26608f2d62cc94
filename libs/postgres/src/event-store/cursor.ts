import type { Cursor } from '@backstay/event-sourcing';

/** Transaction id and position: the order in which readers see events. Text, because both are wider than a double. */
export interface Place {
  readonly tx: string;
  readonly position: string;
}

const beginning: Place = { tx: '0', position: '0' };

/** @throws {TypeError} when the cursor is not one of this store. */
export function placeOf(cursor: Cursor | null): Place {
  if (cursor === null) return beginning;
  const [, tx, position] = /^(\d{1,20})-(\d{1,19})$/.exec(cursor) ?? [];
  if (tx === undefined || position === undefined)
    throw new TypeError(`not a cursor of this event store: ${JSON.stringify(cursor)}`);
  return { tx, position };
}
