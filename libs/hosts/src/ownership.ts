import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmod, copyFile, lchown, lstat, mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Account } from './account.ts';

export type Owner = Pick<Account, 'uid' | 'gid'>;

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

/**
 * Lets the user read a folder of ours with all that is in it, and run what its owner may run; nobody but the owner writes there from
 * now on. Follows no link, and passes over what belongs to others and files that have another name elsewhere.
 */
export async function letRead(path: string, gid: number): Promise<void> {
  const found = await lstat(path);
  const isFolder = found.isDirectory();
  if (found.uid !== process.geteuid?.() || !(isFolder || (found.isFile() && found.nlink === 1))) return;
  const rights = found.mode & 0o7777;
  const wanted = (rights & 0o7755) | ((rights >> 3) & 0o050);
  if (found.gid !== gid) await lchown(path, found.uid, gid);
  if (wanted !== rights) await chmod(path, wanted);
  // A folder is closed to writers before what is in it is looked at.
  if (isFolder) for (const name of await readdir(path)) await letRead(join(path, name), gid);
}

/** A folder that everybody passes through. One that is there already keeps what else it allows: it may be shared, such as `/tmp`. */
export async function makePassable(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o711 });
  const { mode } = await lstat(path);
  if ((mode & 0o011) !== 0o011) await chmod(path, (mode & 0o7777) | 0o011);
}

/** Puts the folder in the place of whatever is at `to`, with no more rights than the user's own. @throws {Error} where it has not the right */
export async function moveAs(owner: Owner, from: string, to: string): Promise<void> {
  await shellAs(owner, 'set -e; rm -rf -- "$2"; mkdir -p -- "${2%/*}"; mv -- "$1" "$2"', from, to);
}

/**
 * Removes a folder or file; what belongs to another user with no more rights than that user's own, who may exchange meanwhile what is
 * removed. Nothing when it is gone already. @throws {Error} where something in it cannot be removed
 */
export async function removeTree(path: string): Promise<void> {
  const owner = await otherOwnerOf(path);
  if (owner === null) {
    for (const folder of await foldersIn(path)) await removeOthers(folder);
    return rm(path, { recursive: true, force: true });
  }
  // The folder itself lies in one of ours.
  await shellAs(owner, 'rm -rf -- "$1"', path).catch(() => undefined);
  const left = await lstat(path).catch(() => null);
  if (left !== null) await (left.isDirectory() ? rmdir(path) : rm(path, { force: true }));
}

/** What is another user's below a folder of ours goes first: to walk through it by our own rights is to follow its exchanges. */
async function removeOthers(folder: string): Promise<void> {
  if ((await otherOwnerOf(folder)) !== null) return removeTree(folder);
  for (const inner of await foldersIn(folder)) await removeOthers(inner);
}

async function foldersIn(path: string): Promise<string[]> {
  if (process.getuid?.() !== 0) return [];
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(path, name));
}

async function shellAs({ uid, gid }: Owner, script: string, ...args: string[]): Promise<void> {
  const options = { uid, gid, cwd: '/', env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin' } };
  await promisify(execFile)('/bin/sh', ['-c', `umask 077; ${script}`, 'as', ...args], options);
}

/** Whose a folder is; null where there is none. */
export async function ownerOf(path: string): Promise<Owner | null> {
  return lstat(path).then(
    ({ uid, gid }) => ({ uid, gid }),
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    },
  );
}

/** Another user, whose a folder is and as whom this process can act; else null. */
export async function otherOwnerOf(path: string): Promise<Owner | null> {
  const owner = await ownerOf(path);
  return process.getuid?.() !== 0 || owner === null || owner.uid === 0 ? null : owner;
}
