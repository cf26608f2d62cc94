import { isUtf8 } from 'node:buffer';

/** What a log is read into. */
export interface LineSink {
  lines(lines: string[]): void;
  /** Completes a sentence: “the log …”. What it speaks of may be the very line that is looked for. */
  doubt(what: string): void;
}

/** Of a line that is longer by more than a piece only the beginning is read. */
export const longestLine = 1024 * 1024;
const newline = 0x0a;

/**
 * Divides UTF-8 that comes in pieces into lines, and passes these on in batches.
 * @param from where in its log the first byte stands
 */
export function lineSplitter(sink: LineSink, from = 0, longest = longestLine) {
  let rest: Buffer = Buffer.alloc(0);
  /** Where `rest` begins. */
  let position = from;
  let isCutting = false;
  return {
    write(chunk: Buffer): void {
      const end = chunk.lastIndexOf(newline) + 1;
      if (end > 0) take(chunk.subarray(0, end));
      keep(chunk.subarray(end));
    },
    end(): void {
      // What is being written may end within a character.
      if (rest.length > 0) emit(withoutTornEnd(rest));
    },
  };

  function take(lines: Buffer): void {
    const joined = rest.length === 0 ? lines : Buffer.concat([rest, lines]);
    rest = Buffer.alloc(0);
    emit(isCutting ? joined.subarray(joined.indexOf(newline) + 1) : joined);
    isCutting = false;
    position += joined.length;
  }

  function keep(more: Buffer): void {
    if (more.length === 0 || isCutting) return void (position += more.length);
    rest = rest.length === 0 ? Buffer.from(more) : Buffer.concat([rest, more]);
    if (rest.length <= longest) return;
    sink.doubt(`has a line of more than ${longest} bytes, at byte ${position}`);
    emit(rest);
    position += rest.length;
    [rest, isCutting] = [Buffer.alloc(0), true];
  }

  function emit(bytes: Buffer): void {
    const text = position === from ? withoutTornStart(bytes) : bytes;
    if (!isUtf8(text)) sink.doubt(`is not UTF-8 at byte ${position + firstInvalid(text)}`);
    const lines = text.toString('utf8').split('\n');
    if (lines.at(-1) === '') lines.pop();
    if (lines.length > 0) sink.lines(lines);
  }
}

const isContinuation = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80;

/** Where reading begins, a character may have been half written. */
function withoutTornStart(bytes: Buffer): Buffer {
  let start = 0;
  while (start < 3 && isContinuation(bytes[start])) start += 1;
  return bytes.subarray(start);
}

/** Without the first bytes of a character whose last ones are missing. */
function withoutTornEnd(bytes: Buffer): Buffer {
  for (let cut = 1; cut <= 3; cut += 1)
    if (lengthFrom(bytes.at(-cut)) > cut) return bytes.subarray(0, bytes.length - cut);
  return bytes;
}

/** How many bytes the character has that begins with this one; 0 for none (RFC 3629). */
function lengthFrom(lead = 0): number {
  if (lead >= 0xf0 && lead <= 0xf4) return 4;
  if (lead >= 0xe0 && lead < 0xf0) return 3;
  return lead >= 0xc2 && lead < 0xe0 ? 2 : 0;
}

/** By halves: the longest beginning that is whole, but for the character at its end. */
function firstInvalid(bytes: Buffer): number {
  let [valid, broken] = [0, bytes.length];
  while (broken - valid > 1) {
    const middle = Math.floor((valid + broken) / 2);
    if (isUtf8(withoutTornEnd(bytes.subarray(0, middle)))) valid = middle;
    else broken = middle;
  }
  return valid;
}
