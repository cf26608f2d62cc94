import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmod, copyFile, lchown, lstat, mkdir, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Account } from './account.ts';

type Owner = Pick<Account, 'uid' | 'gid'>;

/**
 * Gives a folder and all that is in it to the user, following no link. For folders that nobody else can write in: while another user
 * can, what is given may be exchanged.
 */
export async function giveTo(path: string, { uid, gid }: Owner): Promise<void> {
  const found = await lstat(path);
  if (found.isDirectory()) {
    for (const name of await readdir(path)) await giveTo(join(path, name), { uid, gid });
  } else if (found.isFile() && found.nlink > 1) await unshare(path);
  await lchown(path, uid, gid);
}

/** A file that has other names, as those that git shares between repositories, stays whose it is under those. */
async function unshare(path: string): Promise<void> {
  const draft = `${path}.${randomUUID()}`;
  await copyFile(path, draft);
  await chmod(draft, (await lstat(path)).mode);
  await rename(draft, path);
}

/** A folder that everybody passes through and nobody else lists. */
export async function makePassable(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o711 });
  await chmod(path, 0o711);
}

/** Puts the folder in the place of whatever is at `to`, with no more rights than the user's own. @throws {Error} where it has not the right */
export async function moveAs({ uid, gid }: Owner, from: string, to: string): Promise<void> {
  const script = 'set -e; rm -rf -- "$2"; mkdir -p -- "${2%/*}"; mv -- "$1" "$2"';
  const options = { uid, gid, cwd: '/', env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin' } };
  await promisify(execFile)('/bin/sh', ['-c', `umask 077; ${script}`, 'move', from, to], options);
}

/** Whose a folder is; null where there is none. */
export async function ownerOf(path: string): Promise<number | null> {
  return lstat(path).then(
    ({ uid }) => uid,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    },
  );
}
