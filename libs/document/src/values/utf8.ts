import { byteLength } from '../markdown/source.ts';
import type { Place } from '../markdown/span.ts';
import type { Problem } from '../problems/problem.ts';

/** Bytes that are not UTF-8. The message says where the first of them stands and contains nothing of the text. */
export class NotUtf8 extends Error implements Place {
  override readonly name = 'NotUtf8';

  constructor(
    /** Counts from 1, as line and column do. */
    readonly byte: number,
    readonly line: number,
    readonly column: number,
  ) {
    super(`not UTF-8: byte ${byte}, in line ${line}, column ${column}`);
  }
}

/** As a finding about the text itself; `file` is absent of the document. */
export function encodingProblem({ line, column, byte }: NotUtf8, file?: string): Problem {
  const message = `byte ${byte} is not UTF-8; save the file in UTF-8`;
  return { ...(file !== undefined && { file }), line, column, severity: 'error', code: 'encoding', message };
}

/** The text of a file or message; a byte order mark is left out. @throws {NotUtf8} */
export function utf8Text(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw firstWrong(bytes);
  }
}

/** A decoder that forgives puts U+FFFD where it cannot read; the first that is not in the bytes themselves is the place. */
function firstWrong(bytes: Uint8Array): NotUtf8 {
  const text = new TextDecoder('utf-8').decode(bytes);
  let offset = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  let before = '';
  for (const part of text.split('\uFFFD')) {
    before += part;
    offset += byteLength(part);
    if (bytes[offset] !== 0xef || bytes[offset + 1] !== 0xbf || bytes[offset + 2] !== 0xbd) break;
    before += '\uFFFD';
    offset += 3;
  }
  const lines = before.split(/\r\n|\r|\n/);
  return new NotUtf8(offset + 1, lines.length, lines.at(-1)!.length + 1);
}
