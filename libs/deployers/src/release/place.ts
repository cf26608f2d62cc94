import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { constants, existsSync } from 'node:fs';
import { chmod, cp, lstat, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { removeTree, syncDirectory, writeDurably } from '@backstay/hosts';
import { ReleaseInUse } from './errors.ts';
import { forgetConfiguration } from './configure.ts';
import type { Release } from '../deployer.ts';
import type { ReleaseRoot } from './layout.ts';
import {
  currentRelease,
  enter,
  logFile,
  recordName,
  releaseAt,
  releaseName,
  releasesFolder,
  startFile,
  treeOf,
} from './layout.ts';

export interface PlaceRequest extends ReleaseRoot {
  /** The folder with the built tree; `.git` stays behind. */
  readonly source: string;
  readonly version: string;
  /** The full commit id. */
  readonly commit: string;
}

/** Writes every file below the folder to the disk itself. */
async function syncTree(folder: string): Promise<void> {
  const run = promisify(execFile);
  await run('sync', ['-f', folder]).catch(() => run('sync'));
}

/** Lays the release out beside the others, as a whole or not at all; one that is there is never touched. Throws StaleToken. */
export async function place(request: PlaceRequest): Promise<Release & { readonly changed: boolean }> {
  const { root, source, version, commit } = request;
  enter(request);
  const name = releaseName(request);
  const tree = treeOf(root, name);
  await mkdir(releasesFolder(root), { recursive: true });
  await removeDrafts(root, name);
  if (existsSync(tree)) return { ...releaseAt(root, name), changed: false };
  const release: Release = { name, version, commit, placedAt: new Date().toISOString() };
  const draft = draftOf(root, name);
  await mkdir(draft, { mode: 0o700 });
  const copy = join(draft, 'tree');
  await copyTree(source, copy);
  // A link is copied as one, and nothing is written through it.
  if (!(await lstat(copy)).isDirectory()) throw new RangeError(`${source} is not a folder`);
  await dropSetIds(copy);
  writeDurably(join(copy, recordName), JSON.stringify(release), 0o644);
  await syncTree(copy);
  enter(request);
  await rename(copy, tree);
  await removeDrafts(root, name);
  syncDirectory(releasesFolder(root));
  return { ...release, changed: true };
}

const draftOf = (root: string, name: string): string => join(releasesFolder(root), `.${name}.${randomUUID()}.draft`);

const copyTree = (source: string, draft: string): Promise<void> =>
  cp(source, draft, {
    recursive: true,
    verbatimSymlinks: true,
    preserveTimestamps: true,
    errorOnExist: true,
    force: false,
    mode: constants.COPYFILE_FICLONE,
    // A record of Backstay's own is written into the copy, through no link that the source brings.
    filter: (path) => basename(path) !== '.git' && !basename(path).startsWith(recordName),
  });

/** A copy is Backstay's own: what starts as its owner would start as another user than that of the source. */
async function dropSetIds(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await dropSetIds(path);
    else if (entry.isFile()) {
      const { mode } = await lstat(path);
      if ((mode & 0o6000) !== 0) await chmod(path, mode & 0o1777);
    }
  }
}

/** What an interrupted placing or removing left. */
async function removeDrafts(root: string, name: string): Promise<void> {
  const left = (await readdir(releasesFolder(root))).filter(
    (entry) => entry.startsWith(`.${name}.`) && entry.endsWith('.draft'),
  );
  await Promise.all(left.map((entry) => removeTree(join(releasesFolder(root), entry))));
}

/** Takes the release away with its configuration and logs; nothing when it is not there. Throws StaleToken, ReleaseInUse. */
export async function unplace(request: ReleaseRoot & { readonly release: string }): Promise<void> {
  const { root, release } = request;
  enter(request);
  if ((await currentRelease(root))?.name === release) throw new ReleaseInUse(release);
  if (existsSync(treeOf(root, release))) {
    releaseAt(root, release);
    await rename(treeOf(root, release), draftOf(root, release));
  }
  if (existsSync(releasesFolder(root))) await removeDrafts(root, release);
  await forgetConfiguration(root, release);
  const beside = [startFile(root, release), logFile(root, release), `${logFile(root, release)}.1`];
  await Promise.all(beside.map((path) => rm(path, { force: true })));
}

/** All releases below the root, the latest first. */
export async function listReleases(root: string): Promise<Release[]> {
  const names = existsSync(releasesFolder(root)) ? await readdir(releasesFolder(root)) : [];
  const releases = names.filter((name) => !name.startsWith('.')).map((name) => releaseAt(root, name));
  return releases.sort((one, other) => other.placedAt.localeCompare(one.placedAt));
}

export interface PruneRequest extends ReleaseRoot {
  /** How many of the latest releases stay. */
  readonly keep: number;
  /** Names of releases that stay however old they are, such as the rollback target. */
  readonly pinned: readonly string[];
}

/** Removes old releases; never the current or a pinned one. Returns the names of those removed. Throws StaleToken. */
export async function prune(request: PruneRequest): Promise<string[]> {
  enter(request);
  const current = await currentRelease(request.root);
  const stays = new Set([...request.pinned, ...(current === null ? [] : [current.name])]);
  const old = (await listReleases(request.root)).slice(request.keep).filter(({ name }) => !stays.has(name));
  for (const { name } of old) await unplace({ ...request, release: name });
  return old.map(({ name }) => name);
}
