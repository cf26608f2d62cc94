import { chmod, lstat, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** A folder or file of the data directory that others may do more with than they should; modes as in `0711`. */
export interface LooseMode {
  readonly path: string;
  readonly mode: string;
  readonly wanted: string;
}

/** Folders with what is Backstay's alone; what else lies in the data directory is of the local platform, which has other users. */
const own = ['commands', 'repositories', 'backups', 'reserves'];
const passable = 0o711;
const ownersAlone = 0o700;

/** What of the data directory, where it is, is open to others. Nothing is changed. */
export async function looseModes(directory: string): Promise<readonly LooseMode[]> {
  const workspaces = join(directory, 'workspaces');
  const looked = await Promise.all([
    looseAt(directory, passable),
    looseAt(workspaces, passable),
    ...own.map((name) => looseAt(join(directory, name), ownersAlone)),
    ...(await namesIn(workspaces)).map((name) => looseAt(join(workspaces, name), ownersAlone)),
  ]);
  return looked.filter((found) => found !== null);
}

/**
 * Makes the data directory where there is none, and takes from others what they may do there: the directory and `workspaces` are
 * passed through but not listed, what is below is their owner's alone. Returns what was changed.
 * @throws {Error} where it belongs to another user
 */
export async function tightenDataDirectory(directory: string): Promise<readonly LooseMode[]> {
  await mkdir(directory, { recursive: true, mode: passable });
  const loose = await looseModes(directory);
  for (const { path, wanted } of loose) await chmod(path, Number.parseInt(wanted, 8));
  return loose;
}

async function looseAt(path: string, most: number): Promise<LooseMode | null> {
  const found = await lstat(path).catch(() => null);
  if (found === null || !found.isDirectory()) return null;
  const mode = found.mode & 0o7777;
  // A folder that is shared on purpose, such as `/tmp`, is not Backstay's to close.
  if ((mode & 0o1000) !== 0 || (mode & 0o777 & ~most) === 0) return null;
  return { path, mode: written(mode), wanted: written(mode & most) };
}

const written = (mode: number): string => `0${mode.toString(8)}`;

const namesIn = (folder: string): Promise<string[]> => readdir(folder).catch(() => []);
