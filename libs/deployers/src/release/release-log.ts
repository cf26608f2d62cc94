import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';

/** What a release writes from now on. */
export interface ReleaseLog {
  readonly path: string;
  /** Whole lines of its end; none where nothing was written, or nothing can be read. */
  tail(): string;
}

const tailBytes = 16 * 1024;

/** Remembers how far the log is, as earlier starts of the same release wrote to it too. */
export function releaseLog(path: string): ReleaseLog {
  const begin = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  return { path, tail: () => tailFrom(path, begin) };
}

function tailFrom(path: string, begin: number): string {
  try {
    const file = openSync(path, 'r');
    try {
      return tailOf(file, begin);
    } finally {
      closeSync(file);
    }
  } catch {
    return '';
  }
}

/** One that is shorter than it was has been begun anew. */
function tailOf(file: number, begin: number): string {
  const { size } = fstatSync(file);
  const first = size < begin ? 0 : begin;
  const from = Math.max(first, size - tailBytes);
  const bytes = Buffer.alloc(size - from);
  const text = bytes.toString('utf8', 0, readSync(file, bytes, 0, bytes.length, from));
  return from === first ? text : text.slice(text.indexOf('\n') + 1);
}
