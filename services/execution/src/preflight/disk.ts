import { constants, existsSync } from 'node:fs';
import { access, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Finding } from '@backstay/deployment';
import { blocking, fine } from '@backstay/steps';
import type { Preflight } from './preflight.ts';

const leastMiB = 256;

/** Space and the right to write where workspaces, outputs and releases will be. */
export async function diskFindings({ context, deployment }: Preflight): Promise<readonly Finding[]> {
  const root = deployment.plan.delivery?.root;
  const places = [
    { subject: 'data directory', folder: context.dataDir },
    ...(root === undefined ? [] : [{ subject: 'release root', folder: root }]),
  ];
  return Promise.all(places.map(({ subject, folder }) => look(subject, existing(folder))));
}

const MiB = (bytes: number) => Math.floor(bytes / 1024 ** 2);

async function look(subject: string, folder: string): Promise<Finding> {
  try {
    if (!(await stat(folder)).isDirectory())
      return blocking('disk', { subject, message: 'is not a folder, so that nothing can be put below it' });
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
