import { readFile } from 'node:fs/promises';
import { mkdirSync } from 'node:fs';
import { dirname, isAbsolute, join, relative } from 'node:path';
import {
  type Evidence,
  evidenceReadBy,
  logFoldersOf,
  type Lookup,
  namesIn,
  type Plan,
  substitute,
} from '@backstay/document';
import { stepFolder, writeDurably } from '@backstay/hosts';
import { logPositions, type LogPositions } from '@backstay/evidence';
import { deployerNamed } from '@backstay/deployers';
import { sourcePath, workspacePath } from './layout.ts';
import type { StepDeployment } from './deployment.ts';

type Place = Pick<StepDeployment, 'of' | 'workspace' | 'plan' | 'commit' | 'rollbackRelease'>;

/** Beside the records of commands: in the workspace the steps may write. */
const positionsFile = (dataDir: string, { of }: Place): string =>
  join(stepFolder({ directory: dataDir, key: `${of}/log-positions` }), 'positions.json');

/** Where they were noted before. */
const earlierFile = (dataDir: string, { of, workspace }: Place): string =>
  join(workspacePath(dataDir, workspace), `${of}.log-positions.json`);

/** Where relative log files are looked up: the release of this deployment, whose logs begin with it, then the source tree. */
function logDirectories(dataDir: string, place: Place): string[] {
  return [...releaseFolder(place), sourcePath(dataDir, place)];
}

function releaseFolder(place: Place): string[] {
  const delivering = deliveryOf(place);
  const folder = delivering === null ? null : delivering.deployer.folderOf(delivering.delivery, delivering.own);
  return folder === null ? [] : [folder];
}

/** Where the deployer keeps what releases print; undefined: nowhere. */
function ownLogsOf(place: Place): string | undefined {
  const delivering = deliveryOf(place);
  return delivering?.deployer.ownLogs(delivering.delivery) ?? undefined;
}

/** The logs and patterns of logs that are looked for in the release of this deployment, relative to it. */
export function releaseLogs(place: Place, lookup: Lookup): string[] {
  const [own] = releaseFolder(place);
  if (own === undefined) return [];
  const paths = logsOf(place.plan).flatMap(({ files }) => files.map(pathsOf(place, lookup)));
  const relatives = paths.map((path) => (isAbsolute(path) ? relative(own, path) : path));
  return relatives.filter((path) => !path.startsWith('..'));
}

/** Who lays the releases out, and the name of this deployment's own; null where none is. */
function deliveryOf({ plan: { delivery, version }, commit }: Place) {
  const deployer = deployerNamed(delivery?.deployer ?? '');
  if (delivery === null || deployer === undefined || commit === null) return null;
  return { deployer, delivery, own: deployer.releaseOf({ version, commit }) };
}

/** Notes where the logs end that this plan will read, before anything is changed; a second time changes nothing. */
export async function noteLogPositions(dataDir: string, place: Place, lookup: Lookup): Promise<void> {
  const files = logsOf(place.plan)
    .flatMap((evidence) => evidence.files)
    .map(pathsOf(place, lookup));
  if (files.length === 0 || (await notedLogPositions(dataDir, place)) !== undefined) return;
  // Of the source tree nothing is noted: what it holds of logs, the steps of this deployment write.
  const positions = await logPositions(files, releaseFolder(place));
  const file = positionsFile(dataDir, place);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeDurably(file, JSON.stringify(positions));
}

interface LogPlace {
  readonly evidence: LogEvidence;
  readonly logDirectories: string[];
  readonly logFolders: readonly string[];
  readonly ownLogs: string | undefined;
  readonly logPositions: LogPositions | undefined;
}

/** Where the logs of this deployment are, and from where on they are its own. */
export async function logPlace(
  dataDir: string,
  place: Place,
  { evidence, lookup }: { readonly evidence: LogEvidence; readonly lookup: Lookup },
): Promise<LogPlace> {
  const noted = await notedLogPositions(dataDir, place);
  return {
    evidence: { ...evidence, files: evidence.files.map(pathsOf(place, lookup)) },
    logDirectories: logDirectories(dataDir, place),
    logFolders: [...logDirectories(dataDir, place), ...logFoldersOf(place.plan)],
    ownLogs: ownLogsOf(place),
    logPositions: noted && (await withoutPruned(noted, place)),
  };
}

/** What is seen through the link of the current release is this deployment's own release, before and after the switch. */
function pathsOf(place: Place, lookup: Lookup): (path: string) => string {
  const named = withNames(lookup);
  const delivering = deliveryOf(place);
  const current = delivering?.deployer.currentFolder(delivering.delivery) ?? null;
  const [own] = releaseFolder(place);
  if (current === null || own === undefined) return named;
  return (text) => {
    const path = named(text);
    return path.startsWith(`${current}/`) ? join(own, path.slice(current.length)) : path;
  };
}

/** A name that nothing provides stays as it is: whoever reads the log reports it. */
export const withNames =
  (lookup: Lookup) =>
  (text: string): string =>
    namesIn(text).every((name) => lookup(name) !== undefined) ? substitute(text, lookup) : text;

/** Where the logs ended when the deployment began; undefined when that was never noted on this machine. */
async function notedLogPositions(dataDir: string, place: Place): Promise<LogPositions | undefined> {
  const read = (path: string) => readFile(path, 'utf8').catch(() => undefined);
  const text = (await read(positionsFile(dataDir, place))) ?? (await read(earlierFile(dataDir, place)));
  return text === undefined ? undefined : (JSON.parse(text) as LogPositions);
}

/**
 * Without the logs that went with their release: one that was removed as old served at no time of this deployment. That of the
 * new release and of the one before stay noted: they are never removed, and missing them is missing data.
 */
async function withoutPruned(positions: LogPositions, place: Place): Promise<LogPositions> {
  const delivering = deliveryOf(place);
  if (delivering === null) return positions;
  const { deployer, delivery, own } = delivering;
  const there = (await deployer.releases(delivery)).map(({ name }) => name);
  const entries = Object.entries(positions).filter(([path]) => {
    const release = deployer.releaseWith(delivery, path);
    return release === null || [own, place.rollbackRelease, ...there].includes(release);
  });
  return Object.fromEntries(entries);
}

type LogEvidence = Extract<Evidence, { reader: 'log' }>;

/** Every log that the plan reads. */
export function logsOf({ steps, monitoring, acceptanceCriteria }: Plan): readonly LogEvidence[] {
  const ofSteps = steps.flatMap(({ action }) => evidenceReadBy(action) ?? []);
  const ofCriteria = acceptanceCriteria.flatMap(({ rule }) => (rule.kind === 'evidence' ? [rule.evidence] : []));
  const all = [...ofSteps, ...ofCriteria, ...(monitoring.logs === null ? [] : [monitoring.logs])];
  return all.filter((evidence): evidence is LogEvidence => evidence.reader === 'log');
}
