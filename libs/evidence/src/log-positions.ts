import { readdir, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, sep } from 'node:path';
import picomatch from 'picomatch';

/** Where each log ended at a moment: its path -> size in bytes, and its file number, which rotation changes. */
export type LogPositions = Record<string, { offset: number; inode: number }>;

/** The present ends of the logs that these patterns name; recorded when the deployment begins. */
export async function logPositions(files: string[], directories: string[]): Promise<LogPositions> {
  const paths = (await Promise.all(files.map((file) => findLogs(file, directories)))).flat();
  const ends = await Promise.all(paths.map(async (path) => [path, await endOf(path)] as const));
  return Object.fromEntries(ends.flatMap(([path, end]) => (end ? [[path, end]] : [])));
}

export async function endOf(path: string): Promise<{ offset: number; inode: number } | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() ? { offset: found.size, inode: found.ino } : undefined;
}

/** The files that a pattern names in the first directory that holds any. Wildcards stand in the file's name or folders. */
export async function findLogs(pattern: string, directories: string[]): Promise<string[]> {
  for (const directory of isAbsolute(pattern) ? [''] : directories) {
    const found = await matching(directory === '' ? pattern : join(directory, pattern));
    if (found.length > 0) return found;
  }
  return [];
}

/** Whether a pattern names that path, in any of the directories. */
export function isNamedLog(path: string, pattern: string, directories: string[]): boolean {
  const places = isAbsolute(pattern) ? [pattern] : directories.map((directory) => join(directory, pattern));
  return places.some((place) => reachOf(place).names(path));
}

async function matching(place: string): Promise<string[]> {
  const { isGlob, isDeep, root, names } = reachOf(place);
  if (!isGlob) return (await endOf(place)) ? [place] : [];
  const entries = await readdir(root, { recursive: isDeep, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter(names)
    .sort();
}

/** Where the files of an absolute pattern lie, and which they are. */
function reachOf(place: string) {
  const { base, isGlob, glob } = picomatch.scan(place.split(sep).join('/'));
  const root = base || dirname(place);
  if (!isGlob) return { isGlob, isDeep: false, root, names: (path: string) => path === place };
  const isMatch = picomatch(glob);
  const names = (path: string): boolean => isMatch(relative(root, path).split(sep).join('/'));
  return { isGlob, isDeep: glob.includes('/'), root, names };
}
