import type { Evidence } from '@backstay/document';
import { counted, noData, type EvidenceFile, type Finding } from './evidence-result.ts';
import { lineMatcher } from './line-matcher.ts';
import { readLines, timeWindow } from './log-lines.ts';
import { endOf, findLogs, type LogPositions } from './log-positions.ts';
import type { EvidenceSources } from './sources.ts';

const MOST_EXCERPTS = 5;
const LONGEST_EXCERPT = 300;

type LogEvidence = Extract<Evidence, { reader: 'log' }>;
type Sources = Pick<EvidenceSources, 'logDirectories' | 'source' | 'logPositions' | 'since' | 'redact'>;
type Range = { path: string; from: number; to: number };

/** Scans what was written to the logs since the deployment began: none of the patterns, except in allowed lines. */
export async function judgeLogs(evidence: LogEvidence, sources: Sources): Promise<Finding> {
  const ranges = await rangesOf(evidence.files, sources);
  const [isHit, isAllowed] = [lineMatcher(evidence.patterns), lineMatcher(evidence.allow)];
  const files: EvidenceFile[] = [];
  const excerpts: string[] = [];
  const facts = { matches: 0, lines: 0, bytes: 0 };
  for (const { path, from, to } of ranges) {
    const isCurrent = timeWindow(sources.logPositions ? undefined : sources.since);
    const file = await readLines(path, from, to, (read) => {
      const lines = read.filter(isCurrent);
      const [hits, allowed] = [isHit(lines), isAllowed(lines)];
      const matches = lines.filter((_, index) => hits[index] && !allowed[index]);
      facts.lines += lines.length;
      facts.matches += matches.length;
      excerpts.push(...matches.slice(0, MOST_EXCERPTS - excerpts.length));
    });
    facts.bytes += file.bytes;
    files.push(file);
  }
  const verdict = facts.matches === 0 ? 'pass' : 'fail';
  return {
    verdict,
    attested: true,
    summary: summaryOf(facts, files.length),
    facts,
    files,
    excerpts: excerpts.map(shown(sources)),
  };
}

const summaryOf = ({ matches, lines }: { matches: number; lines: number }, files: number) =>
  `${matches === 0 ? 'no' : matches} matching ${matches === 1 ? 'line' : 'lines'} in ${counted(lines, 'line')} of ${counted(files, 'file')}`;

const shown =
  ({ redact = (text) => text }: Sources) =>
  (line: string) =>
    redact(line.trimEnd()).slice(0, LONGEST_EXCERPT);

/** What is to be read of each file. A file that is gone, shorter or another one than before is not guessed at. */
async function rangesOf(patterns: string[], sources: Sources): Promise<Range[]> {
  const directories = sources.logDirectories ?? [sources.source];
  const found = await Promise.all(
    patterns.map(async (pattern) => ({ pattern, paths: await findLogs(pattern, directories) })),
  );
  const missing = found.filter(({ paths }) => paths.length === 0).map(({ pattern }) => pattern);
  if (missing.length > 0) throw noData(`no log file ${missing.join(', ')}`);
  const paths = [...new Set(found.flatMap((each) => each.paths))];
  const gone = Object.keys(sources.logPositions ?? {}).filter((path) => !paths.includes(path));
  if (gone.length > 0) throw noData(`log file ${gone.join(', ')} is gone since the deployment began`);
  return Promise.all(paths.map((path) => rangeOf(path, sources.logPositions ?? {})));
}

async function rangeOf(path: string, positions: LogPositions): Promise<Range> {
  const end = await endOf(path);
  const start = positions[path];
  if (!end) throw noData(`log file ${path} is gone since the deployment began`);
  if (start && (start.inode !== end.inode || start.offset > end.offset)) {
    throw noData(`log file ${path} was rotated or cut since the deployment began`);
  }
  return { path, from: start?.offset ?? 0, to: end.offset };
}
