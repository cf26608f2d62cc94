import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where the platform on this machine keeps its data: BACKSTAY_DATA_DIR, else the user's own place for data. */
export function dataDirectory(env: NodeJS.ProcessEnv): string {
  if (env.BACKSTAY_DATA_DIR) return resolve(env.BACKSTAY_DATA_DIR);
  return join(env.XDG_DATA_HOME || join(homedir(), '.local', 'share'), 'backstay');
}

/** The checkout that this command belongs to; `src` and `dist` lie equally deep in it. */
export const checkout = fileURLToPath(new URL('../../../', import.meta.url));

/** The script that runs all services in one process. */
export const platformEntry = join(checkout, 'deploy', 'one-process.mjs');
