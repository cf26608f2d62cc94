import { budgets } from './budgets.ts';

/** Whether a text has the shape of an RFC 9535 path: `$`, then names, indexes, wildcards and balanced brackets. */
export function isJsonPath(text: string): boolean {
  if (!text.startsWith('$') || text.length > budgets.path.characters) return false;
  let index = 1;
  while (index < text.length) {
    const end = segmentEnd(text, index);
    if (end === undefined) return false;
    index = end;
  }
  return true;
}

const dotted = /\.{1,2}(?:[\p{L}_][\p{L}\p{N}_]*|\*)/uy;

function segmentEnd(text: string, start: number): number | undefined {
  if (text[start] === '[') return bracketEnd(text, start);
  if (text.startsWith('..[', start)) return bracketEnd(text, start + 2);
  dotted.lastIndex = start;
  return dotted.test(text) ? dotted.lastIndex : undefined;
}

function bracketEnd(text: string, start: number): number | undefined {
  let depth = 0;
  let quote = '';
  for (let index = start; index < text.length; index++) {
    const character = text[index]!;
    if (quote) {
      if (character === '\\') index++;
      else if (character === quote) quote = '';
    } else if (character === '"' || character === "'") quote = character;
    else if (character === '[') depth++;
    else if (character === ']' && --depth === 0) return index > start + 1 ? index + 1 : undefined;
  }
  return undefined;
}
