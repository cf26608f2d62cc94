import { unreadable } from './evidence-result.ts';

/**
 * The rule of all readers: what is present and not understood may be the very thing that evidence is read for. It is named, and it is
 * never passed over: neither counted as nothing nor as fine.
 */
export function mustKnow(part: object, known: ReadonlySet<string>, where: string): void {
  for (const [name, value] of Object.entries(part))
    if (!known.has(name) && holdsSomething(value))
      throw unreadable(`${where} holds “${name.slice(0, 40)}”, which is not known here; it may be of findings`);
}

/** Texts and numbers describe; findings are lists or objects. */
const holdsSomething = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length > 0;

/** The names in a text, divided by blanks. */
export const names = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/).filter((name) => name !== ''));
