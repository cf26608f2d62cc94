import type { Place } from '../markdown/span.ts';
import { textEnd } from '../values/json-text.ts';

/** Where the value of a JSON pointer stands in a text that is JSON; that of its nearest parent where it is absent. */
export function placeOfPointer(text: string, pointer: string): Place {
  const keys = pointer.split('/').slice(1);
  let offset = afterBlanks(text, 0);
  for (const key of keys) {
    const found = memberAt(text, offset, key.replaceAll('~1', '/').replaceAll('~0', '~'));
    if (found === undefined) break;
    offset = found;
  }
  return placeOfOffset(text, offset);
}

export function placeOfOffset(text: string, offset: number): Place {
  const before = text.slice(0, offset).split(/\r\n|\r|\n/);
  return { line: before.length, column: before.at(-1)!.length + 1 };
}

function memberAt(text: string, start: number, key: string): number | undefined {
  const isObject = text[start] === '{';
  if (!isObject && text[start] !== '[') return undefined;
  let offset = afterBlanks(text, start + 1);
  for (let index = 0; offset < text.length && !'}]'.includes(text[offset]!); index++) {
    let name = String(index);
    if (isObject) {
      const end = afterValue(text, offset);
      name = JSON.parse(text.slice(offset, end)) as string;
      offset = afterBlanks(text, afterBlanks(text, end) + 1);
    }
    if (name === key) return offset;
    offset = afterBlanks(text, afterValue(text, offset));
    if (text[offset] === ',') offset = afterBlanks(text, offset + 1);
  }
  return undefined;
}

function afterBlanks(text: string, offset: number): number {
  return endOf(/[\s\uFEFF]*/y, text, offset);
}

/** The end of a text, number, word, object or list. */
function afterValue(text: string, start: number): number {
  let depth = 0;
  let offset = start;
  do {
    const character = text[offset];
    if (character === '"') offset = textEnd(text, offset);
    else if (character === '{' || character === '[') [depth, offset] = [depth + 1, offset + 1];
    else if (character === '}' || character === ']') [depth, offset] = [depth - 1, offset + 1];
    else offset = Math.max(offset + 1, endOf(/[^"{}[\],]*/y, text, offset));
  } while (depth > 0 && offset < text.length);
  return offset;
}

function endOf(pattern: RegExp, text: string, offset: number): number {
  pattern.lastIndex = offset;
  return pattern.test(text) ? pattern.lastIndex : offset;
}
