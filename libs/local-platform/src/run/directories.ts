import { access, chmod, constants, mkdir, mkdtemp, readFile, stat, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { isOpen } from '../find/machine.ts';
import { exists } from '../find/unpack.ts';

const isRoot = () => process.getuid?.() === 0;

/** Whether this user may write in the directory, or may create it. */
async function canWrite(directory: string): Promise<boolean> {
  if (!(await exists(directory))) return dirname(directory) !== directory && canWrite(dirname(directory));
  return access(directory, constants.W_OK).then(
    () => true,
    () => false,
  );
}

/**
 * Where downloads are kept for all data directories: the user's cache directory; for root, the system's, because programs that
 * do not run as root must be reachable there by others. Without a writable one, `parts` below the data directory.
 */
export async function cacheDirectory(env: NodeJS.ProcessEnv, dataDir: string): Promise<string> {
  const usual = isRoot() ? '/var/cache' : join(homedir(), '.cache');
  const cache = join(env.XDG_CACHE_HOME || usual, 'backstay');
  return (await canWrite(cache)) ? cache : join(dataDir, 'parts');
}

/** A new directory of its own for tests, which every user may enter but only its owner may list or write. */
export async function scratchDir(prefix: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), `backstay-${prefix}-`));
  await chmod(directory, 0o711);
  return directory;
}

/**
 * The home of a server that runs as another user: `directory` itself if that user can reach it, else one among the temporary
 * files whose path is kept in `directory`, so that the next start finds the same data, and removing `directory` begins anew.
 */
export async function reachableHome(directory: string, say: (line: string) => void): Promise<string> {
  await mkdir(directory, { recursive: true, mode: 0o711 });
  if (await isOpen(directory)) return directory;
  const home = await homeElsewhere(join(directory, 'elsewhere'));
  say(`${directory} can be entered by root alone, and PostgreSQL does not run as root: its data go to ${home}`);
  if ((await stat(home)).uid !== 0)
    throw new Error(`${home} belongs to another user: remove it, or set BACKSTAY_DATA_DIR`);
  return home;
}

async function homeElsewhere(record: string): Promise<string> {
  const kept = await readFile(record, 'utf8').catch(() => null);
  if (kept === null) {
    const home = await scratchDir('data');
    await writeFile(record, home);
    return home;
  }
  await mkdir(kept, { recursive: true, mode: 0o711 });
  return kept;
}
