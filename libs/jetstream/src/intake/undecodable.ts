/** The message cannot be read at all; it is parked with its bytes. */
export class Undecodable extends Error {
  override readonly name = 'Undecodable';
}

/** @throws {Undecodable} when the bytes are not UTF-8. */
export function textOf(bytes: Uint8Array, what: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Undecodable(`${what} is not UTF-8`);
  }
}

/** @throws {Undecodable} when the text is not JSON. */
export function jsonOf(text: string, what: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new Undecodable(`${what} is not JSON: ${(error as Error).message}`);
  }
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
