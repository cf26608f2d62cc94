import { counted } from '@backstay/document';
import { readerOf } from '@backstay/deployment';
import { createHash } from 'node:crypto';
import { posix, basename } from 'node:path';
import { setImmediate as nextTick } from 'node:timers/promises';
import picomatch from 'picomatch';
import { noData, unreadable, type EvidenceFile } from './evidence-result.ts';
import { otherUserOf } from './bytes-of.ts';
import { filesInside, findFiles, readInside } from './find-files.ts';
import type { EvidenceSources, SuppliedEvidence } from './sources.ts';

const MiB = 1024 * 1024;
const MAX_BYTES = 20 * MiB;
const MAX_BYTES_TOGETHER = 100 * MiB;

export type Report = { file: EvidenceFile; content: Uint8Array; attested: boolean };

/**
 * The reports that a glob names: those that the request brought for the deployed commit, or for none, else those in the source tree.
 * A report of the request that is not what its sha256 says is an error, never replaced by another one.
 */
export async function readReports(kind: string, glob: string, sources: EvidenceSources): Promise<Report[]> {
  const named = (sources.supplied ?? []).filter((entry) => readerOf(entry) === kind && isNamedBy(entry, glob));
  const usable = named.filter(({ commit }) => commit === undefined || commit === sources.commit);
  const together = withinLimit();
  if (usable.length > 0) return inSequence(usable, async (entry) => together(await suppliedReport(entry, sources)));
  const paths = await findFiles(sources.source, glob);
  if (paths.length === 0) throw noData(whatIsMissing(glob, named, sources));
  return inSequence(paths, async (path) => together(reportOf(path, await readCapped(sources, path), false)));
}

/** One at a time, and others may run before each, because reading a large report takes its time. */
export async function inSequence<In, Out>(items: In[], read: (item: In) => Out | Promise<Out>): Promise<Out[]> {
  const results: Out[] = [];
  for (const item of items) {
    await nextTick();
    results.push(await read(item));
  }
  return results;
}

function withinLimit(): (report: Report) => Report {
  let bytes = 0;
  return (report) => {
    bytes += report.file.bytes;
    if (bytes <= MAX_BYTES_TOGETHER) return report;
    throw unreadable(`the reports together are larger than ${MAX_BYTES_TOGETHER / MiB} MiB`);
  };
}

/** Whether evidence with this glob reads the entry. */
export function isNamedBy({ path, url }: SuppliedEvidence, glob: string): boolean {
  if (path !== undefined) return picomatch.isMatch(posix.normalize(path), posix.normalize(glob), { dot: true });
  const name = URL.canParse(url ?? '') ? posix.basename(new URL(url!).pathname) : '';
  return picomatch.isMatch(name, basename(glob), { dot: true });
}

function whatIsMissing(
  glob: string,
  named: readonly SuppliedEvidence[],
  { supplied = [], commit = 'unknown' }: EvidenceSources,
): string {
  const missing = `no file ${glob} in the source tree`;
  if (named.length > 0)
    return `${missing}; what the request brought is about commit ${named[0]!.commit}, not ${commit}`;
  if (supplied.length > 0)
    return `${missing}, nor among the ${counted(supplied.length, 'report')} that the request brought`;
  return `${missing}; the request brought no reports`;
}

/** What messages call an entry: its path, or its URL without what may be secret in it. */
export function shownOf({ path, url = '' }: SuppliedEvidence): string {
  if (path !== undefined) return path;
  if (!URL.canParse(url)) return 'a URL that is none';
  const { host, pathname } = new URL(url);
  return `${host}/…/${posix.basename(pathname)}`;
}

/** Throws `Unusable`, also where the report is not what its entry says. */
export async function suppliedReport(entry: SuppliedEvidence, sources: EvidenceSources): Promise<Report> {
  const shown = shownOf(entry);
  if ((entry.path === undefined) === (entry.url === undefined))
    throw unreadable(`${shown}: an entry of the request names either a path or a URL`);
  const content =
    entry.path === undefined ? await download(entry.url!, shown, sources) : await suppliedFile(entry.path, sources);
  const report = reportOf(shown, content, entry.commit !== undefined && entry.commit === sources.commit);
  if (report.file.sha256 === entry.sha256.replace(/^sha256:/, '').toLowerCase()) return report;
  throw unreadable(`${shown} is not what the request described: its sha256 is ${report.file.sha256}`);
}

async function suppliedFile(path: string, sources: EvidenceSources): Promise<Uint8Array> {
  const [found] = await filesInside(sources.source, [path]);
  if (found === undefined) throw noData(`${path}, which the request names, is not there`);
  return readCapped(sources, found);
}

async function download(url: string, shown: string, { fetch }: EvidenceSources): Promise<Uint8Array> {
  if (!fetch) throw unreadable(`${shown} cannot be fetched here`);
  const response = await fetch(url, { maxBytes: MAX_BYTES }).catch((error: Error & { code?: unknown }) => {
    throw error.code === 'too-large' ? tooLarge(shown) : unreadable(error.message);
  });
  if (response.status !== 200) throw noData(`${shown} responded with ${response.status}`);
  return response.content;
}

async function readCapped(sources: EvidenceSources, path: string): Promise<Uint8Array> {
  const content = await readInside(sources.source, path, { most: MAX_BYTES, user: otherUserOf(sources) });
  if (content === undefined) throw tooLarge(path);
  return content;
}

const tooLarge = (shown: string) => unreadable(`${shown} is larger than ${MAX_BYTES / MiB} MiB`);

function reportOf(path: string, content: Uint8Array, attested: boolean): Report {
  const sha256 = createHash('sha256').update(content).digest('hex');
  return { file: { path, bytes: content.length, sha256 }, content, attested };
}

/** The text of a report: UTF-8, UTF-16 with a byte order mark, or Latin-1 where an XML declaration says so. */
export function textOf({ file, content }: Report): string {
  const start = Buffer.from(content.subarray(0, 200)).toString('latin1');
  if (start.startsWith('\x1f\x8b')) throw unreadable(`${file.path} is compressed; it is read as plain text only`);
  const declared = /^<\?xml[^>]*encoding=["']([\w-]+)["']/.exec(start)?.[1]?.toLowerCase();
  try {
    return new TextDecoder(encodingOf(start, declared), { fatal: true }).decode(content);
  } catch {
    throw unreadable(`${file.path} is not text in ${declared ?? 'UTF-8'}`);
  }
}

function encodingOf(start: string, declared: string | undefined): string {
  if (start.startsWith('\xff\xfe')) return 'utf-16le';
  if (start.startsWith('\xfe\xff')) return 'utf-16be';
  return declared === undefined || declared.startsWith('utf-16') ? 'utf-8' : declared;
}
