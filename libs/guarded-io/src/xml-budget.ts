import { budgets } from '@backstay/document';

const { attributes, tagCharacters, tags, depth } = budgets.xml;
const [doubleQuote, singleQuote, slash, equals, end] = ['"', "'", '/', '=', '>'].map((each) => each.charCodeAt(0));

/** What of an XML text asks for more than its budget, with its line; counted before anything is built of it. */
export function beyondXmlBudget(text: string): string | undefined {
  let count = 0;
  let open = 0;
  for (let start = text.indexOf('<'); start >= 0; start = text.indexOf('<', start)) {
    const tag = tagAt(text, start);
    count += 1;
    if (tag.kind === 'opening') open += 1;
    if (tag.kind === 'closing') open -= 1;
    const excess = excessOf(tag, count, open);
    if (excess !== undefined) return `line ${lineOf(text, start)} ${excess}`;
    start = tag.end;
  }
  return undefined;
}

interface Tag {
  readonly kind: 'opening' | 'closing' | 'empty';
  readonly end: number;
  readonly characters: number;
  readonly attributes: number;
}

function excessOf(tag: Tag, count: number, open: number): string | undefined {
  if (tag.attributes > attributes) return `has an element with more than ${attributes} attributes`;
  if (tag.characters > tagCharacters) return `has a tag of more than ${tagCharacters / 1024 ** 2} MiB`;
  if (count > tags) return `begins the tag number ${tags + 1}; at most ${tags} are read`;
  return open > depth ? `is nested more than ${depth} deep` : undefined;
}

/** Comments, CDATA and instructions are one tag each, whose texts cost no more than any text does. */
const others: readonly (readonly [begin: string, end: string])[] = [
  ['<!--', '-->'],
  ['<![CDATA[', ']]>'],
  ['<?', '?>'],
];

function tagAt(text: string, start: number): Tag {
  const other = others.find(([begin]) => text.startsWith(begin, start));
  if (other === undefined) return elementTag(text, start);
  const found = text.indexOf(other[1], start + other[0].length);
  return { kind: 'empty', end: found < 0 ? text.length : found + other[1].length, characters: 0, attributes: 0 };
}

/** Up to its `>`, or as far as it may go. */
function elementTag(text: string, start: number): Tag {
  let index = start + 1;
  let quote: number | undefined;
  let found = 0;
  for (; index < text.length && index - start <= tagCharacters && found <= attributes; index += 1) {
    const character = text.charCodeAt(index);
    if (quote !== undefined) {
      if (character === quote) quote = undefined;
    } else if (character === doubleQuote || character === singleQuote) quote = character;
    else if (character === equals) found += 1;
    else if (character === end) break;
  }
  const kind =
    text.charCodeAt(start + 1) === slash ? 'closing' : text.charCodeAt(index - 1) === slash ? 'empty' : 'opening';
  return { kind, end: index, characters: index - start, attributes: found };
}

function lineOf(text: string, position: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at >= 0 && at < position; at = text.indexOf('\n', at + 1)) line += 1;
  return line;
}
