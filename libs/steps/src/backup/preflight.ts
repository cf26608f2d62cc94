import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Finding } from '@backstay/deployment';
import type { Plan } from '@backstay/document';
import { backupTools, databaseSize } from '@backstay/database';
import { guardedServer } from '@backstay/guarded-io';
import { knownEnvironment } from '../environment.ts';
import { blocking, fine, warning } from '../findings.ts';
import type { Preflight } from '../kind.ts';
import type { ActionOf, StepOf } from '../task.ts';

type Backup = StepOf<ActionOf<'backup'>>;

const askMs = 10_000;

/** A program that can dump the server, and space for all dumps. */
export async function backupFindings(step: Backup, preflight: Preflight): Promise<readonly Finding[]> {
  const found = [spaceFindings(step, preflight), toolFindings(step, preflight)];
  return (await Promise.all(found)).flat();
}

/** Whether the dumps of all steps will fit, reported once, by the size of what is dumped. A database that cannot be asked is reported elsewhere. */
export async function spaceFindings(step: Backup, preflight: Preflight): Promise<readonly Finding[]> {
  const { context, deployment } = preflight;
  const { steps } = deployment.plan;
  if (steps.find(({ action }) => action.kind === 'backup')?.id !== step.id) return [];
  const urls = steps.flatMap(({ action }) => (action.kind === 'backup' ? action.urls : []));
  const { lookup } = knownEnvironment(preflight);
  const server = guardedServer(deployment.plan);
  const sizes = urls.map(async (url) => databaseSize(await server(url, lookup), askMs));
  const needed = await Promise.all(sizes).then(sum, () => null);
  if (needed === null) return [];
  const { bavail, bsize } = await statfs(existing(context.dataDir));
  const message = `${MiB(bavail * bsize)} MiB are free, and what is backed up takes ${MiB(needed)} MiB in its databases`;
  return [(bavail * bsize < needed ? warning : fine)('disk', { subject: 'backups', message })];
}

const sum = (sizes: readonly number[]) => sizes.reduce((all, size) => all + size, 0);
const MiB = (bytes: number) => Math.floor(bytes / 1024 ** 2);

/** The folder itself, or the nearest above it that is there. */
function existing(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : existing(dirname(folder));
}

async function toolFindings({ id, action, source }: Backup, preflight: Preflight): Promise<readonly Finding[]> {
  const { plan } = preflight.deployment;
  const { lookup } = knownEnvironment(preflight);
  const server = guardedServer(plan);
  const details = { subject: 'pg_dump', line: source.line };
  return Promise.all(
    action.urls.map(async (url) => {
      try {
        const { version, unwise } = await backupTools(await server(url, lookup), preflight.detach);
        return unwise !== null && isRestored(id, plan)
          ? warning('tool', { ...details, message: unwise })
          : fine('tool', { ...details, message: `pg_dump ${version} fits the server` });
      } catch (error) {
        return blocking('tool', { ...details, message: (error as Error).message });
      }
    }),
  );
}

function isRestored(id: string, { rollback }: Plan): boolean {
  return rollback.steps.some(({ action }) => action.kind === 'restore' && action.step === id);
}
