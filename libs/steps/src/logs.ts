import { readFile } from 'node:fs/promises';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Evidence, evidenceReadBy, type Lookup, namesIn, type Plan, substitute } from '@backstay/document';
import { writeDurably } from '@backstay/hosts';
import { logPositions, type LogPositions } from '@backstay/evidence';
import { deployerNamed } from '@backstay/deployers';
import { sourcePath, workspacePath } from './layout.ts';
import type { StepDeployment } from './deployment.ts';

type Place = Pick<StepDeployment, 'of' | 'workspace' | 'plan' | 'commit'>;

const positionsFile = (dataDir: string, { of, workspace }: Place): string =>
  join(workspacePath(dataDir, workspace), `${of}.log-positions.json`);

/** Where relative log files are looked up: the release of this deployment, whose logs begin with it, then the source tree. */
export function logDirectories(dataDir: string, place: Place): string[] {
  return [...releaseFolder(place), sourcePath(dataDir, place)];
}

function releaseFolder({ plan: { delivery, version }, commit }: Place): string[] {
  const deployer = deployerNamed(delivery?.deployer ?? '');
  if (delivery === null || deployer === undefined || commit === null) return [];
  const folder = deployer.folderOf(delivery, deployer.releaseOf({ version, commit }));
  return folder === null ? [] : [folder];
}

/** Notes where the logs end that this plan will read, before anything is changed; a second time changes nothing. */
export async function noteLogPositions(dataDir: string, place: Place, lookup: Lookup): Promise<void> {
  const files = logsOf(place.plan)
    .flatMap((evidence) => evidence.files)
    .map(withNames(lookup));
  if (files.length === 0 || (await notedLogPositions(dataDir, place)) !== undefined) return;
  // Of the source tree nothing is noted: what it holds of logs, the steps of this deployment write.
  const positions = await logPositions(files, releaseFolder(place));
  mkdirSync(workspacePath(dataDir, place.workspace), { recursive: true, mode: 0o700 });
  writeDurably(positionsFile(dataDir, place), JSON.stringify(positions));
}

/** A name that nothing provides stays as it is: whoever reads the log reports it. */
export const withNames =
  (lookup: Lookup) =>
  (text: string): string =>
    namesIn(text).every((name) => lookup(name) !== undefined) ? substitute(text, lookup) : text;

/** Where the logs ended when the deployment began; undefined when that was never noted on this machine. */
export async function notedLogPositions(dataDir: string, place: Place): Promise<LogPositions | undefined> {
  const text = await readFile(positionsFile(dataDir, place), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as LogPositions);
}

type LogEvidence = Extract<Evidence, { reader: 'log' }>;

/** Every log that the plan reads. */
export function logsOf({ steps, monitoring, acceptanceCriteria }: Plan): readonly LogEvidence[] {
  const ofSteps = steps.flatMap(({ action }) => evidenceReadBy(action) ?? []);
  const ofCriteria = acceptanceCriteria.flatMap(({ rule }) => (rule.kind === 'evidence' ? [rule.evidence] : []));
  const all = [...ofSteps, ...ofCriteria, ...(monitoring.logs === null ? [] : [monitoring.logs])];
  return all.filter((evidence): evidence is LogEvidence => evidence.reader === 'log');
}
