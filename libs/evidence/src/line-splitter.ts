import { StringDecoder } from 'node:string_decoder';

/** A longer line is read in pieces. */
const LONGEST_LINE = 64 * 1024;

/** Divides UTF-8 that comes in pieces into lines, and hands these on in batches. */
export function lineSplitter(onLines: (lines: string[]) => void) {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  return {
    write(chunk: Buffer): void {
      const lines = (rest + decoder.write(chunk)).split('\n');
      const last = lines.pop()!;
      const whole = last.length > LONGEST_LINE ? LONGEST_LINE : 0;
      rest = last.slice(whole);
      if (whole > 0) lines.push(last.slice(0, whole));
      onLines(lines);
    },
    end(): void {
      const last = rest + decoder.end();
      if (last !== '') onLines([last]);
    },
  };
}
