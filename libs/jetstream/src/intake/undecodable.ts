import { mustKeepNumbers, NameTwice, NotJson, NotUtf8, placeOfOffset, readJson, utf8Text } from '@backstay/document';

/** The message cannot be read at all; it is parked with its bytes. */
export class Undecodable extends Error {
  override readonly name = 'Undecodable';
}

/** A byte order mark is left out. @throws {Undecodable} when the bytes are not UTF-8. */
export function textOf(bytes: Uint8Array, what: string): string {
  try {
    return utf8Text(bytes);
  } catch (error) {
    throw error instanceof NotUtf8 ? new Undecodable(`${what} is ${error.message}`) : error;
  }
}

/** @throws {Undecodable} when the text is not JSON, or has a name twice in one object. */
export function jsonOf(text: string, what: string): unknown {
  try {
    const json = readJson(text);
    mustKeepNumbers(text);
    return json;
  } catch (error) {
    if (!(error instanceof NotJson)) throw error;
    const { line, column } = placeOfOffset(text, error.offset);
    throw new Undecodable(`${what} ${error.message}, in line ${line}, column ${column}`);
  }
}

export function isJson(text: string): boolean {
  try {
    readJson(text);
    return true;
  } catch (error) {
    // Of these only the whole is refused, not that it is JSON.
    return error instanceof NameTwice || (error instanceof NotJson && error.isTooDeep);
  }
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
