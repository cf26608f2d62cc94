import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { LogsRead } from '@backstay/deployment';
import {
  logDirectories,
  logPositions,
  readEvidence,
  sourcePath,
  withNames,
  workspacePath,
  type LogPositions,
  type Surroundings,
} from '@backstay/effects';

type Place = Pick<Surroundings, 'dataDir' | 'deployment'>;

/** Where the logs ended when the watch began, kept beside the deployment's source, for whoever ends the watch. */
const positionsFile = ({ dataDir, deployment }: Place): string =>
  join(workspacePath(dataDir, deployment.workspace), `${deployment.id}.watch-log-positions.json`);

export async function markLogs(place: Place & Pick<Surroundings, 'environment'>): Promise<void> {
  const { dataDir, deployment, environment } = place;
  const { logs } = deployment.plan.monitoring;
  if (logs?.reader !== 'log') return;
  const positions = await logPositions(
    logs.files.map(withNames(environment.lookup)),
    logDirectories(dataDir, deployment),
  );
  await mkdir(dirname(positionsFile(place)), { recursive: true, mode: 0o700 });
  await writeFile(positionsFile(place), JSON.stringify(positions));
}

/** Judges what was written to the logs during the watch; null where the document names none. */
export async function readLogs(
  surroundings: Surroundings,
  from: string,
  until: string,
): Promise<LogsRead['data'] | null> {
  const { deployment, dataDir, fetch, environment } = surroundings;
  const { logs } = deployment.plan.monitoring;
  if (logs === null) return null;
  const { verdict, summary, facts, excerpts } = await readEvidence(logs, {
    source: sourcePath(dataDir, deployment),
    logDirectories: logDirectories(dataDir, deployment),
    logPositions: await markedPositions(surroundings),
    since: from,
    until,
    redact: environment.redact,
    fetch,
    environment,
  });
  return {
    evidence: logs,
    verdict,
    summary,
    facts: { ...facts, ...(excerpts === undefined ? {} : { excerpts }) },
    from,
    until,
  };
}

async function markedPositions(place: Place): Promise<LogPositions | undefined> {
  const text = await readFile(positionsFile(place), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as LogPositions);
}
