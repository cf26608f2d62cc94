import { budgets } from './budgets.ts';
import { isDecimal, isHeldByDouble } from './decimals.ts';
import { jsonPointer } from './json-pointer.ts';

/** Why a text from outside is not read as JSON. */
export class NotJson extends Error {
  override readonly name = 'NotJson';

  constructor(
    /** As the end of a sentence about the text. */
    message: string,
    /** Of the first character that is wrong. */
    readonly offset: number,
    readonly isTooDeep: boolean,
  ) {
    super(message);
  }
}

/** One object has a name twice: whichever value counted, another reader takes the other. */
export class NameTwice extends NotJson {
  constructor(
    /** JSON pointer (RFC 6901) of the second member. */
    readonly pointer: string,
    offset: number,
  ) {
    const shown = pointer.length > 200 ? `…${pointer.slice(-200)}` : pointer;
    super(`has a name twice in one object: ${shown}`, offset, false);
  }
}

/** Reads JSON from outside. Throws `NotJson`, also beyond the budget of depth, and `NameTwice`. */
export function readJson(text: string): unknown {
  mustBeFlat(text);
  const value = parsed(text);
  mustNameOnce(text);
  return value;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    // The engine names the place only in its message, where it does.
    const { message } = error as Error;
    const position = /at position (\d+)/.exec(message)?.[1];
    const reason = message.replace(/ in JSON at position.*$/s, '');
    throw new NotJson(`is not JSON: ${reason}`, position === undefined ? text.length : Number(position), false);
  }
}

/** A number of JSON that a double would hold as another one, or write otherwise. */
export class WrittenNumber {
  constructor(readonly written: string) {}
}

/** JSON twice: with doubles, for who looks for places in it, and with each number as it is written, for who reads its values. */
export interface WrittenJson {
  readonly plain: unknown;
  /** Doubles where they are written as they stand in the text, else `WrittenNumber`s. */
  readonly written: unknown;
}

interface OpenValue {
  /** Of an object: its names so far; a list has none. */
  readonly names: Set<string> | undefined;
  /** Where the next text is a name. */
  isAtName: boolean;
  key: string | number;
}

/** Throws `NameTwice` with the first name that stands twice in one object, however its letters are written. */
export function mustNameOnce(text: string): void {
  const open: OpenValue[] = [];
  for (let index = 0; index < text.length; index++) {
    const character = text.charCodeAt(index);
    const inner = open.at(-1);
    if (character === quote) {
      const end = textEnd(text, index);
      if (inner?.names && inner.isAtName) {
        inner.key = nameIn(text.slice(index, end));
        inner.isAtName = false;
        if (inner.names.has(inner.key)) throw new NameTwice(jsonPointer(open.map(({ key }) => key)), index);
        inner.names.add(inner.key);
      }
      index = end - 1;
    } else if (character === openingBrace) open.push({ names: new Set(), isAtName: true, key: '' });
    else if (isOpening(character)) open.push({ names: undefined, isAtName: false, key: 0 });
    else if (isClosing(character)) open.pop();
    else if (character === comma && inner) {
      if (inner.names) inner.isAtName = true;
      else inner.key = Number(inner.key) + 1;
    }
  }
}

/** Where the text is no JSON, its parser says so. */
function nameIn(quoted: string): string {
  if (!quoted.includes('\\')) return quoted.slice(1, -1);
  try {
    return JSON.parse(quoted) as string;
  } catch {
    return quoted;
  }
}

/** Reads JSON whose numbers matter. Throws `NotJson`. */
export function readWrittenJson(text: string): WrittenJson {
  const plain = readJson(text);
  const others = numbersIn(text).filter(({ number }) => String(Number(number)) !== number);
  if (others.length === 0) return { plain, written: plain };
  const mark = unusedMark(text);
  let [marked, from] = ['', 0];
  for (const { number, start } of others) {
    marked += `${text.slice(from, start)}"${mark}${number}"`;
    from = start + number.length;
  }
  const written: unknown = JSON.parse(marked + text.slice(from), (_key, value: unknown) =>
    typeof value === 'string' && value.startsWith(mark) ? new WrittenNumber(value.slice(mark.length)) : value,
  );
  return { plain, written };
}

/** The text of a value, its numbers as they were written. */
export function jsonTextOf(value: unknown): string {
  if (value instanceof WrittenNumber) return value.written;
  if (Array.isArray(value)) return `[${value.map(jsonTextOf).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(([key, member]) => `${JSON.stringify(key)}:${jsonTextOf(member)}`);
  return `{${members.join(',')}}`;
}

/** A number that is kept as it is written must be held by a double. Throws `NotJson` with the place of one that is not. */
export function mustKeepNumbers(text: string): void {
  const lost = numbersIn(text).find(({ number }) => !isHeldByDouble(number));
  if (lost)
    throw new NotJson(`has a number that would become ${Number(lost.number)}; write it in quotes`, lost.start, false);
}

/** The numbers of a text that is JSON, outside of its texts. */
function numbersIn(text: string): { readonly number: string; readonly start: number }[] {
  const found: { number: string; start: number }[] = [];
  const number = /[\d.eE+-]*/y;
  for (let index = 0; index < text.length; index++) {
    const character = text.charCodeAt(index);
    if (character === quote) index = textEnd(text, index) - 1;
    else if (character === minus || (character >= zero && character <= nine)) {
      number.lastIndex = index;
      const written = number.exec(text)![0];
      if (written.length > budgets.json.digits || !isDecimal(written))
        throw new NotJson('has a number that is too long, or has an exponent that is', index, false);
      found.push({ number: written, start: index });
      index += written.length - 1;
    }
  }
  return found;
}

/** A character that the text has neither as it is nor escaped. */
function unusedMark(text: string): string {
  const lower = text.toLowerCase();
  for (let code = 0xe000; code < 0xf900; code++) {
    const mark = String.fromCharCode(code);
    if (!text.includes(mark) && !lower.includes(`\\u${code.toString(16)}`)) return mark;
  }
  throw new NotJson('has too many characters of private use', 0, false);
}

/** A parser in a loop takes any depth; what is done with its value afterwards does not. Throws `NotJson`. */
export function mustBeFlat(text: string): void {
  let depth = 0;
  for (let index = 0; index < text.length; index++) {
    const character = text.charCodeAt(index);
    if (character === quote) index = textEnd(text, index) - 1;
    else if (isOpening(character) && ++depth > budgets.json.depth)
      throw new NotJson(`is nested too deeply: more than ${budgets.json.depth} levels`, index, true);
    else if (isClosing(character)) depth--;
  }
}

const quote = 0x22;
const comma = 0x2c;
const openingBrace = 0x7b;
const minus = 0x2d;
const zero = 0x30;
const nine = 0x39;
const backslash = 0x5c;
const isOpening = (character: number) => character === 0x5b || character === 0x7b;
const isClosing = (character: number) => character === 0x5d || character === 0x7d;

/** The offset behind the quote that ends a text. */
export function textEnd(text: string, start: number): number {
  for (let index = start + 1; index < text.length; index++) {
    const character = text.charCodeAt(index);
    if (character === backslash) index++;
    else if (character === quote) return index + 1;
  }
  return text.length;
}
