import { textOf, Undecodable } from './undecodable.ts';

/**
 * The value of a CloudEvents attribute from a header: unquoted, then percent-decoded once. A per cent sign that no two hex
 * digits follow stands for itself.
 * @throws {Undecodable} when what is decoded is not UTF-8, such as an overlong `%C0%A0`.
 */
export function decodeHeaderValue(value: string): string {
  const bytes: number[] = [];
  const encoder = new TextEncoder();
  for (const [part] of unquoted(value).matchAll(/%[0-9a-fA-F]{2}|[^%]+|%/g)) {
    if (part.length === 3 && part.startsWith('%')) bytes.push(Number.parseInt(part.slice(1), 16));
    else bytes.push(...encoder.encode(part));
  }
  return textOf(Uint8Array.from(bytes), 'a header value');
}

function unquoted(value: string): string {
  const trimmed = value.trim();
  if (!trimmed.startsWith('"')) return trimmed;
  if (!/^"(?:[^"\\]|\\.)*"$/s.test(trimmed)) throw new Undecodable('a header value has an unbalanced quote');
  return trimmed.slice(1, -1).replaceAll(/\\(.)/gs, '$1');
}

/** The form of an attribute in a header: space, quote, per cent and everything beyond printable ASCII percent-encoded. */
export function encodeHeaderValue(value: string): string {
  return value.replaceAll(/[^\u0021\u0023\u0024\u0026-\u007e]/gu, percentEncoded);
}

const percentEncoded = (character: string): string =>
  [...new TextEncoder().encode(character)]
    .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
    .join('');
