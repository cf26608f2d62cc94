import { constants } from 'node:fs';
import { open as openFile, readdir, realpath, stat } from 'node:fs/promises';
import { join, posix, relative, sep } from 'node:path';
import picomatch from 'picomatch';
import { bytesOf, type User } from './bytes-of.ts';
import { unreadable } from './evidence-result.ts';
import { Stopwatch } from './stopwatch.ts';

const MOST_ENTRIES = 20_000;

/** The files below `root` that the glob names, as relative paths with `/`, sorted. None leads out of `root`. */
export async function findFiles(root: string, glob: string): Promise<string[]> {
  const pattern = posix.normalize(glob);
  if (pattern.startsWith('/') || pattern.startsWith('..')) throw unreadable(`${glob} leads out of the source tree`);
  const { base, isGlob } = picomatch.scan(pattern);
  const isMatch = picomatch(pattern, { dot: true });
  if (!isGlob) return filesInside(root, [pattern]);
  const names = await filesBelow(root, base);
  const matches = new Stopwatch(() => `${glob} takes too long on these files; name a narrower folder`).run(
    names,
    (name) => isMatch(name),
  );
  return filesInside(
    root,
    names.filter((_, index) => matches[index]),
  );
}

/** Those of the relative paths that are files and, with every link followed, lie below `root`. */
export async function filesInside(root: string, paths: string[]): Promise<string[]> {
  const inside = await Promise.all(paths.map((path) => isFileInside(root, join(root, path))));
  return paths.filter((_, index) => inside[index]).sort();
}

/** Whether the path leads to a file that, with every link followed, lies below `root`. */
export async function isFileInside(root: string, path: string): Promise<boolean> {
  const [home, target] = await Promise.all([root, path].map((each) => realpath(each).catch(() => undefined)));
  if (home === undefined || target === undefined) return false;
  return target.startsWith(home + sep) && (await stat(target)).isFile();
}

interface Reading {
  /** The largest size, in bytes. */
  readonly most: number;
  /** Whose rights are enough to read it; by default this process's own. */
  readonly user?: User | undefined;
}

/** The content of a file that lies below `root` at this moment; undefined when it is larger than `most` bytes. */
export async function readInside(root: string, path: string, { most, user }: Reading): Promise<Uint8Array | undefined> {
  const [home, target] = await Promise.all([realpath(root), realpath(join(root, path))]);
  if (!target.startsWith(home + sep)) throw unreadable(`${path} leads out of the source tree`);
  if (user !== undefined) return contentAs(user, path, target, most);
  // Links are followed above; one that took the file's place since is not.
  const file = await openFile(target, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const found = await file.stat();
    if (!found.isFile()) throw unreadable(`${path} is not a file`);
    if (found.size > most) return undefined;
    // One more than it is long, to see whether it grows while it is read.
    const content = Buffer.alloc(found.size + 1);
    let length = 0;
    for (let read = -1; read !== 0 && length < content.length; length += read)
      read = (await file.read(content, length)).bytesRead;
    if (length !== found.size) throw unreadable(`${path} is being written while it is read`);
    return content.subarray(0, length);
  } finally {
    await file.close();
  }
}

async function contentAs(user: User, path: string, target: string, most: number): Promise<Uint8Array | undefined> {
  const { size } = await stat(target);
  const chunks: Buffer[] = [];
  for await (const chunk of bytesOf(target, { to: most + 1, shown: path }, user)) chunks.push(chunk);
  const content = Buffer.concat(chunks);
  if (content.length > most) return undefined;
  if (content.length !== size) throw unreadable(`${path} is being written while it is read`);
  return content;
}

async function filesBelow(root: string, base: string): Promise<string[]> {
  const found: string[] = [];
  const open = [join(root, base)];
  for (let seen = 0; open.length > 0;) {
    const folder = open.pop()!;
    for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
      if ((seen += 1) > MOST_ENTRIES)
        throw unreadable(`more than ${MOST_ENTRIES} files to look through; name a narrower folder`);
      const path = join(folder, entry.name);
      if (entry.isDirectory() && entry.name !== '.git') open.push(path);
      else if (entry.isFile() || entry.isSymbolicLink()) found.push(relative(root, path).split(sep).join('/'));
    }
  }
  return found;
}
