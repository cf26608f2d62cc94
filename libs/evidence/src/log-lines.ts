import { createHash } from 'node:crypto';
import { bytesOf, type User } from './bytes-of.ts';
import { unreadable, type EvidenceFile } from './evidence-result.ts';
import { lineSplitter, type LineSink } from './line-splitter.ts';

/** What is read of a file, and as whom: by default, as this process. */
export type Range = { path: string; from: number; to: number; user?: User | undefined };

/** Reads bytes `from` to `to` of a file, passes its lines on in batches, and returns what was read. */
export async function readLines({ path, from, to, user }: Range, sink: LineSink): Promise<EvidenceFile> {
  const hash = createHash('sha256');
  const splitter = lineSplitter(sink, from);
  let bytes = 0;
  for await (const chunk of bytesOf(path, { from, to }, user)) {
    hash.update(chunk);
    bytes += chunk.length;
    splitter.write(chunk);
  }
  splitter.end();
  return { path, bytes, sha256: hash.digest('hex') };
}

/** How a file begins that is not text, in Latin-1. */
const beginnings = {
  'UTF-16': ['\xff\xfe', '\xfe\xff'],
  compressed: ['\x1f\x8b', '\x28\xb5\x2f\xfd', 'BZh', '\xfd7zXZ'],
};

/** Nothing is ever found in a log that is read as what it is not. */
export async function mustBeText({ path, user }: Range): Promise<void> {
  let start = '';
  for await (const chunk of bytesOf(path, { to: 6 }, user)) start += chunk.toString('latin1');
  for (const [what, signatures] of Object.entries(beginnings))
    if (signatures.some((signature) => start.startsWith(signature)))
      throw unreadable(`log file ${path} is ${what}; it is read as UTF-8 only`);
}

/**
 * Whether a line is of the time window: by its own time (RFC 3339, or epoch milliseconds in a JSON `time`). An indented or empty
 * line belongs to the one before it; any other line whose time is not understood may be of the window, and therefore is.
 */
export function timeWindow(since: string | undefined): (line: string) => boolean {
  const start = since === undefined ? Number.NEGATIVE_INFINITY : Date.parse(since);
  let within = true;
  return (line) => {
    const time = timeOf(line);
    if (time !== undefined) within = time >= start;
    else if (!/^\s|^$/.test(line)) within = true;
    return within;
  };
}

/** What may stand before the time of a line: a level, a bracket, the name of a container, or the time's own name. */
const before = String.raw`^(?:[\w.-]+ *\| ?)?[\[(]?(?:[A-Z]{3,8}:? +)?[\[("]?|(?:^|[\s,{])"?@?(?:time|ts|timestamp)"?\s*[=:]\s*"?`;
const written = new RegExp(
  String.raw`(?:${before})(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d(?:[.,]\d{1,9})?) ?(Z|[+-]\d\d:?\d\d)?`,
);

/** A time within the words of a line says nothing of when it was written. */
function timeOf(line: string): number | undefined {
  const start = line.slice(0, 300);
  const epoch = /"time":\s*(\d{13})\b/.exec(start)?.[1];
  if (epoch) return Number(epoch);
  const [, date, clock, zone] = written.exec(start) ?? [];
  if (date === undefined) return undefined;
  const text = `${date}T${clock!.replace(',', '.')}`;
  // Without a zone it may be UTC or this machine's: the later of them, so that no line is left out that may be of the window.
  const time = zone === undefined ? Math.max(Date.parse(text), Date.parse(`${text}Z`)) : Date.parse(`${text}${zone}`);
  return Number.isNaN(time) ? undefined : time;
}
