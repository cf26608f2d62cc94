import type { EventOf, Routes } from '@backstay/api-contract';
import { titleOf, type Part, type View } from './html.ts';

/** What leads from one view of a page to another. */
export type PageChange = EventOf<Routes['deploymentPageChanges']>;
type PartChange = PageChange['parts'][number];

interface Changes {
  readonly parts: PartChange[];
  /** Ids of the parts that are no more. */
  readonly gone: string[];
}

/** Null where nothing changed. */
export function changeBetween(before: View, after: View): PageChange | null {
  const { parts, gone } = { parts: [], gone: [] } as Changes;
  compare(before.body, after.body, { parts, gone });
  const isRenamed = before.title !== after.title;
  if (parts.length === 0 && gone.length === 0 && !isRenamed && after.goesOn) return null;
  return {
    ...(isRenamed && { title: titleOf(after) }),
    parts,
    ...(gone.length > 0 && { gone }),
    ...(!after.goesOn && { ended: true }),
  };
}

/** For a page that shows something else, whatever it is. */
export function fullChange(after: View): PageChange {
  return { title: titleOf(after), parts: [replacement(after.body)], ...(!after.goesOn && { ended: true }) };
}

const replacement = (part: Part): PartChange => ({ id: part.id, html: part.text });

function compare(before: Part, after: Part, changes: Changes): void {
  if (shellOf(before) !== shellOf(after)) changes.parts.push(replacement(after));
  else if (after.isList) compareLists(before, after, changes);
  else after.parts.forEach((part, index) => compare(before.parts[index] as Part, part, changes));
}

/** Its own markup, with the place of each part that is always there. */
const shellOf = ({ pieces, isList }: Part): string =>
  pieces.map((piece) => (typeof piece === 'string' ? piece : isList ? '' : `\0${piece.id}\0`)).join('');

function compareLists(before: Part, after: Part, changes: Changes): void {
  const earlier = new Map(before.parts.map((part) => [part.id, part]));
  const now = new Set(after.parts.map(({ id }) => id));
  const kept = [...earlier.keys()].filter((id) => now.has(id));
  const order = after.parts.filter(({ id }) => earlier.has(id));
  if (order.some(({ id }, index) => id !== kept[index])) return void changes.parts.push(replacement(after));
  changes.gone.push(...[...earlier.keys()].filter((id) => !now.has(id)));
  let behind: string | undefined;
  for (const part of after.parts) {
    const known = earlier.get(part.id);
    if (known === undefined) changes.parts.push({ ...replacement(part), within: after.id, ...(behind && { behind }) });
    else compare(known, part, changes);
    behind = part.id;
  }
}
