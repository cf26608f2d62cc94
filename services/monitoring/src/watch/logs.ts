import { mkdir, readFile, realpath, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LogsRead } from '@backstay/deployment';
import type { Plan } from '@backstay/document';
import { logPositions, readEvidence, type LogPositions } from '@backstay/effects';
import type { Surroundings } from '../surroundings.ts';

/** Where the logs ended when the watch began; beside the deployment's source, so that whoever ends the watch knows. */
const positionsFile = 'watch-log-positions.json';

export async function markLogs(plan: Plan, { workspace }: Pick<Surroundings, 'workspace'>): Promise<void> {
  const { logs } = plan.monitoring;
  if (logs?.reader !== 'log') return;
  const positions = await logPositions(logs.files, await logDirectories(plan, workspace));
  await mkdir(workspace, { recursive: true });
  await writeFile(join(workspace, positionsFile), JSON.stringify(positions));
}

/** Judges what was written to the logs during the watch; null where the document names none. */
export async function readLogs(plan: Plan, surroundings: Surroundings, from: string, until: string): Promise<LogsRead['data'] | null> {
  const { logs } = plan.monitoring;
  if (logs === null) return null;
  const { workspace, redact, fetch } = surroundings;
  const { verdict, summary, facts, excerpts } = await readEvidence(logs, {
    source: join(workspace, 'source'),
    logDirectories: await logDirectories(plan, workspace),
    logPositions: await markedPositions(workspace),
    since: from,
    redact,
    fetch,
  });
  return { evidence: logs, verdict, summary, facts: { ...facts, ...(excerpts === undefined ? {} : { excerpts }) }, from, until };
}

/** The running release by its own name, so that a switch of the link in between shows; then the deployment's source. */
async function logDirectories({ delivery }: Plan, workspace: string): Promise<string[]> {
  const running = delivery === null ? null : await realpath(join(delivery.root, 'current')).catch(() => null);
  return [...(running === null ? [] : [running]), ...(delivery === null ? [] : [delivery.root]), join(workspace, 'source')];
}

async function markedPositions(workspace: string): Promise<LogPositions | undefined> {
  const text = await readFile(join(workspace, positionsFile), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as LogPositions);
}
