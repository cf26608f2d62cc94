import { counted, type Command, type Evidence, substitute } from '@backstay/document';
import { noData, unreadable, type EvidenceFile, type Finding } from './evidence-result.ts';
import { otherUserOf } from './bytes-of.ts';
import { isFileInside } from './find-files.ts';
import { lineMatcher, type LineMatcher } from './line-matcher.ts';
import type { LineSink } from './line-splitter.ts';
import { readCommand } from './log-commands.ts';
import { mustBeText, readLines, timeWindow, type Range } from './log-lines.ts';
import { endOf, findLogs, isNamedLog, type LogPositions } from './log-positions.ts';
import { readLoki } from './loki.ts';
import type { EvidenceSources } from './sources.ts';

const MOST_EXCERPTS = 5;
const LONGEST_EXCERPT = 300;

type LogEvidence = Extract<Evidence, { reader: 'log' }>;
type Loki = NonNullable<LogEvidence['loki']>;
type Sources = Pick<
  EvidenceSources,
  | 'logDirectories'
  | 'logFolders'
  | 'source'
  | 'ownLogs'
  | 'logPositions'
  | 'since'
  | 'until'
  | 'redact'
  | 'fetch'
  | 'environment'
>;

/** Scans what was written to the logs since the deployment began: none of the patterns, except in allowed lines. */
export async function judgeLogs(evidence: LogEvidence, sources: Sources): Promise<Finding> {
  const scan = new Scan(evidence);
  const files: EvidenceFile[] = [];
  const named = evidence.files.map((file) =>
    sources.environment ? substitute(file, sources.environment.lookup) : file,
  );
  for (const range of await rangesOf(named, sources)) {
    const isCurrent = timeWindow(sources.logPositions ? undefined : sources.since);
    await mustBeText(range);
    files.push(await readLines(range, scan.sink(range.path, isCurrent)));
  }
  if (evidence.command) files.push(await printed(evidence.command, sources, scan));
  if (evidence.loki) files.push(await held(evidence.loki, sources, scan));
  if (files.length === 0) throw noData('no log is named');
  if (scan.matches === 0 && scan.doubt !== undefined) throw unreadable(scan.doubt);
  const facts = { matches: scan.matches, lines: scan.lines, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) };
  return {
    verdict: scan.matches === 0 ? 'pass' : 'fail',
    attested: true,
    summary: `${scan.summary} of ${counted(files.length, evidence.command || evidence.loki ? 'log' : 'file')}`,
    facts,
    files,
    excerpts: scan.excerpts.map(shown(sources)),
  };
}

/** What the lines that were read hold. */
class Scan {
  matches = 0;
  lines = 0;
  /** The first thing that could not be read: nobody knows whether it is a match. */
  doubt: string | undefined;
  readonly excerpts: string[] = [];
  readonly #isHit: LineMatcher;
  readonly #isAllowed: LineMatcher;

  constructor({ patterns, allow }: LogEvidence) {
    this.#isHit = lineMatcher(patterns);
    this.#isAllowed = lineMatcher(allow);
  }

  sink(log: string, isCurrent: (line: string) => boolean): LineSink {
    return {
      lines: (lines) => this.#read(lines.filter(isCurrent)),
      doubt: (what) => (this.doubt ??= `log ${log} ${what}`),
    };
  }

  #read(lines: string[]): void {
    const [hits, allowed] = [this.#isHit(lines), this.#isAllowed(lines)];
    const matches = lines.filter((_, index) => hits[index] && !allowed[index]);
    this.lines += lines.length;
    this.matches += matches.length;
    this.excerpts.push(...matches.slice(0, MOST_EXCERPTS - this.excerpts.length));
  }

  get summary(): string {
    const { matches, lines } = this;
    return `${matches === 0 ? 'no' : matches} matching ${matches === 1 ? 'line' : 'lines'} in ${counted(lines, 'line')}`;
  }
}

function printed(command: Command, { environment, source, since }: Sources, scan: Scan): Promise<EvidenceFile> {
  if (!environment) throw unreadable(`\`${command.text}\` cannot be run here`);
  const { argument, variables, account } = environment;
  const isCurrent = timeWindow(since);
  const shown = { text: command.text, argv: command.argv.map(argument) };
  const asked = { command: shown, cwd: source, variables, since, user: account?.() };
  return readCommand(asked, scan.sink(`\`${command.text}\``, isCurrent));
}

function held(loki: Loki, { environment, fetch, since, until }: Sources, scan: Scan): Promise<EvidenceFile> {
  if (!fetch) throw unreadable('Loki cannot be called here');
  if (since === undefined) throw unreadable('the time from which Loki is to be asked is not known here');
  const known = (text: string) => (environment ? substitute(text, environment.lookup) : text);
  const headers = Object.entries(loki.headers ?? {}).map(([name, value]) => [name, known(value)]);
  const range = { since, until: until ?? new Date().toISOString(), shown: loki.query, fetch };
  const asked = { url: known(loki.url), query: known(loki.query), headers: Object.fromEntries(headers) };
  return readLoki(
    { ...range, ...asked },
    scan.sink(loki.query, () => true),
  );
}

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
  for (const path of paths) await mustBeAllowed(path, sources);
  // What else is noted belongs to other logs of the document.
  const noted = Object.keys(sources.logPositions ?? {}).filter((path) =>
    patterns.some((pattern) => isNamedLog(path, pattern, directories)),
  );
  const gone = noted.filter((path) => !paths.includes(path));
  if (gone.length > 0) throw noData(`log file ${gone.join(', ')} is gone since the deployment began`);
  return Promise.all(
    paths.map(async (path) => ({
      ...(await rangeOf(path, sources.logPositions ?? {})),
      user: await readerOf(path, sources),
    })),
  );
}

/** A link, or a step up, may lead to any file of the machine that this process can read. */
async function mustBeAllowed(path: string, { logFolders }: Sources): Promise<void> {
  if (logFolders === undefined) return;
  const inside = await Promise.all(logFolders.map((folder) => isFileInside(folder, path)));
  if (!inside.includes(true))
    throw unreadable(
      `log file ${path} lies outside of the folders that may be read; add its folder to \`logs\` in the environment profile`,
    );
}

/** What this process has written, where nobody else does, need not be readable for the user of the steps. */
async function readerOf(path: string, { ownLogs, environment }: Sources): Promise<Range['user']> {
  const isOwn = ownLogs !== undefined && (await isFileInside(ownLogs, path));
  return isOwn ? undefined : otherUserOf({ environment });
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
