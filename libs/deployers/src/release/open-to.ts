import { chmod, lchown, lstat, mkdir } from 'node:fs/promises';
import { join, normalize } from 'node:path';
import { giveTo, letRead, makePassable, type Account } from '@backstay/hosts';
import type { RunningAs } from '../deployer.ts';
import { releasesFolder, treeOf } from './layout.ts';

/** Lets the user that a release runs as reach and read it, and write where its logs are; nothing where it is this process's own. */
export async function openTo({
  root,
  release,
  runAs,
  writable = [],
}: RunningAs & { readonly root: string; readonly release: string }): Promise<void> {
  if (runAs === undefined || runAs.uid === process.geteuid?.()) return;
  for (const folder of [root, releasesFolder(root)]) await makePassable(folder);
  const tree = treeOf(root, release);
  await letRead(tree, runAs.gid);
  for (const folder of writable) await giveFolder(tree, folder, runAs);
}

/** Gives a folder of the release, made where there is none. What is a link leads to where others decide who writes. */
async function giveFolder(tree: string, folder: string, account: Account): Promise<void> {
  const names = normalize(folder)
    .split('/')
    .filter((name) => name !== '' && name !== '.');
  if (names.length === 0 || names.includes('..')) return;
  let path = tree;
  for (const name of names) {
    path = join(path, name);
    await make(path, account);
    const found = await lstat(path);
    if (!found.isDirectory() || found.uid !== process.geteuid?.()) return;
  }
  await giveTo(path, account);
}

async function make(path: string, { gid }: Account): Promise<void> {
  const problem = await mkdir(path).catch((error: NodeJS.ErrnoException) => error);
  if (problem === undefined) {
    await lchown(path, process.geteuid?.() ?? 0, gid);
    await chmod(path, 0o750);
  } else if (problem.code !== 'EEXIST') throw problem;
}
