import { budgets } from './budgets.ts';

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

/** Reads JSON from outside. Throws `NotJson`, also beyond the budget of depth. */
export function readJson(text: string): unknown {
  mustBeFlat(text);
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
