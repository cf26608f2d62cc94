import { constants, existsSync } from 'node:fs';
import { access, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Finding } from '@backstay/deployment';
import { databaseSize } from '@backstay/database';
import { guardedServer } from '@backstay/guarded-io';
import { knownEnvironment } from '@backstay/steps';
import { blocking, fine, warning } from './finding.ts';
import type { Preflight } from './preflight.ts';

const leastMiB = 256;

/** Room and the right to write where workspaces, outputs and releases will be. */
export async function diskFindings(preflight: Preflight): Promise<readonly Finding[]> {
  const { ground, deployment } = preflight;
  const root = deployment.plan.delivery?.root;
  const places = [
    { subject: 'data directory', folder: ground.dataDir },
    ...(root === undefined ? [] : [{ subject: 'release root', folder: root }]),
  ];
  const looks = places.map(({ subject, folder }) => look(subject, existing(folder)));
  return (await Promise.all([...looks, backupFindings(preflight)])).flat();
}

const askMs = 10_000;

/** Whether the dumps will fit, by the size of what is dumped. A database that cannot be asked is told of elsewhere. */
async function backupFindings(preflight: Preflight): Promise<readonly Finding[]> {
  const { ground, deployment } = preflight;
  const urls = deployment.plan.steps.flatMap(({ action }) => (action.kind === 'backup' ? action.urls : []));
  if (urls.length === 0) return [];
  const { lookup } = knownEnvironment(preflight);
  const server = guardedServer(deployment.plan);
  const sizes = urls.map(async (url) => databaseSize(await server(url, lookup), askMs));
  const needed = await Promise.all(sizes).then(sum, () => null);
  if (needed === null) return [];
  const { bavail, bsize } = await statfs(existing(ground.dataDir));
  const message = `${MiB(bavail * bsize)} MiB are free, and what is backed up takes ${MiB(needed)} MiB in its databases`;
  return [(bavail * bsize < needed ? warning : fine)('disk', { subject: 'backups', message })];
}

const sum = (sizes: readonly number[]) => sizes.reduce((all, size) => all + size, 0);
const MiB = (bytes: number) => Math.floor(bytes / 1024 ** 2);

async function look(subject: string, folder: string): Promise<Finding> {
  try {
    if (!(await stat(folder)).isDirectory())
      return blocking('disk', { subject, message: 'is no folder, so that nothing can be put below it' });
    await access(folder, constants.W_OK);
    const { bavail, bsize } = await statfs(folder);
    const free = MiB(bavail * bsize);
    if (free < leastMiB)
      return blocking('disk', { subject, message: `${free} MiB are free, at least ${leastMiB} MiB are needed` });
    return fine('disk', { subject, message: `${free} MiB are free` });
  } catch (error) {
    return blocking('disk', {
      subject,
      message: `cannot be written to: ${(error as NodeJS.ErrnoException).code ?? 'unknown'}`,
    });
  }
}

/** The folder itself, or the nearest above it that is there. */
function existing(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : existing(dirname(folder));
}
