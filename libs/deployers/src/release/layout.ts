import { readlink } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import { passFence, readRecord } from '@backstay/hosts';
import type { Release } from '../deployer.ts';
import { ReleaseMissing } from './errors.ts';

/** Where releases of one service are laid out, and under which fencing token it is changed. */
export interface ReleaseRoot {
  readonly root: string;
  readonly token: number;
}

const safeVersion = /^[A-Za-z0-9][A-Za-z0-9._+-]{0,99}$/;

export function releaseName({ version, commit }: { readonly version: string; readonly commit: string }): string {
  if (!safeVersion.test(version))
    throw new RangeError(`the version ${JSON.stringify(version)} cannot be a folder's name`);
  if (!/^[0-9a-f]{12,}$/.test(commit)) throw new RangeError(`${JSON.stringify(commit)} is not a commit`);
  return `${version}-${commit.slice(0, 12)}`;
}

export const releasesFolder = (root: string): string => join(root, 'releases');
export const treeOf = (root: string, release: string): string => join(releasesFolder(root), release);
export const recordName = '.backstay-release.json';
export const configFolder = (root: string): string => join(root, 'config');
export const environmentFile = (root: string, release: string): string => join(configFolder(root), `${release}.env`);
export const startFile = (root: string, release: string): string => join(root, 'run', `${release}.start.json`);
export const serviceFile = (root: string): string => join(root, 'run', 'service.json');
export const logsFolder = (root: string): string => join(root, 'logs');
export const logFile = (root: string, release: string): string => join(logsFolder(root), `${release}.log`);
const logForm = /^(.+)\.log(?:\.1)?$/;

/** The release to which a file belongs by its place below the root; null: to none. */
export function releaseWith(root: string, path: string): string | null {
  const [folder, name, ...below] = relative(root, path).split(sep);
  if (folder === 'releases' && below.length > 0) return name ?? null;
  return folder === 'logs' && below.length === 0 ? (logForm.exec(name ?? '')?.[1] ?? null) : null;
}

export const currentLink = (root: string): string => join(root, 'current');

/** Called before every change: whoever was overtaken must not touch the root. Throws StaleToken. */
export const enter = ({ root, token }: ReleaseRoot): void => passFence(join(root, 'fence'), token);

/** The release of that name; throws ReleaseMissing. */
export function releaseAt(root: string, name: string): Release {
  const isName = name === basename(name) && !name.startsWith('.');
  const release = isName ? readRecord<Release>(join(treeOf(root, name), recordName)) : null;
  if (release === null) throw new ReleaseMissing(root, name);
  return release;
}

/** The release that the `current` link names; null when none was ever activated. Throws ReleaseMissing when it is gone. */
export async function currentRelease(root: string): Promise<Release | null> {
  const target = await readlink(currentLink(root)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  return target === null ? null : releaseAt(root, basename(target));
}
