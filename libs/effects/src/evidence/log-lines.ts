import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { EvidenceFile } from './evidence-result.ts';
import { lineSplitter } from './line-splitter.ts';

/** Reads bytes `from` to `to` of a file, hands its lines on in batches, and answers what was read. */
export async function readLines(
  path: string,
  from: number,
  to: number,
  onLines: (lines: string[]) => void,
): Promise<EvidenceFile> {
  const hash = createHash('sha256');
  const splitter = lineSplitter(onLines);
  let bytes = 0;
  for await (const chunk of to > from ? createReadStream(path, { start: from, end: to - 1 }) : []) {
    hash.update(chunk as Buffer);
    bytes += (chunk as Buffer).length;
    splitter.write(chunk as Buffer);
  }
  splitter.end();
  return { path, bytes, sha256: hash.digest('hex') };
}

/**
 * Whether a line is of the time window: by its own time (RFC 3339, or epoch milliseconds in a JSON `time`), else by that
 * of the line before. Lines before the first that has a time are of the window.
 */
export function timeWindow(since: string | undefined): (line: string) => boolean {
  const start = since === undefined ? Number.NEGATIVE_INFINITY : Date.parse(since);
  let within = true;
  return (line) => {
    const time = timeOf(line);
    if (time !== undefined) within = time >= start;
    return within;
  };
}

function timeOf(line: string): number | undefined {
  const start = line.slice(0, 300);
  const epoch = /"time":\s*(\d{13})\b/.exec(start)?.[1];
  if (epoch) return Number(epoch);
  const [, date, clock, zone] =
    /(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d(?:[.,]\d{1,9})?) ?(Z|[+-]\d\d:?\d\d)?/.exec(start) ?? [];
  if (date === undefined) return undefined;
  const time = Date.parse(`${date}T${clock!.replace(',', '.')}${zone ?? 'Z'}`);
  return Number.isNaN(time) ? undefined : time;
}
