import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { usage } from '../failure.ts';

/**
 * Where the platform on this machine keeps its data: BACKSTAY_DATA_DIR, else the user's own place for data.
 * @throws {Failure} for one below /proc, where Node 20 never returns from making a folder
 */
export function dataDirectory(env: NodeJS.ProcessEnv): string {
  const home = join(env.XDG_DATA_HOME || join(homedir(), '.local', 'share'), 'backstay');
  const directory = env.BACKSTAY_DATA_DIR ? resolve(env.BACKSTAY_DATA_DIR) : home;
  if (!`${directory}/`.startsWith('/proc/')) return directory;
  throw usage(`nothing can be kept in ${directory}, below /proc; name a folder on a disk (BACKSTAY_DATA_DIR)`);
}

/** The checkout that this command belongs to; `src` and `dist` lie equally deep in it. */
export const checkout = fileURLToPath(new URL('../../../', import.meta.url));

/** The script that runs all services in one process. */
export const platformEntry = join(checkout, 'deploy', 'one-process.mjs');
