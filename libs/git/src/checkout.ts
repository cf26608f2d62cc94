import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { shown } from './address.ts';
import { RepositoryNotSupported } from './errors.ts';
import { git, GitFailed, type GitOptions } from './git.ts';
import type { CommitAt } from './mirror.ts';
import { ensureCommit, optionsFor } from './mirror.ts';
import { refuseLargePlaceholders, refuseUnsupported } from './unsupported.ts';

export interface Checkout {
  readonly commit: string;
  readonly into: string;
  /** False when the tree was already there. */
  readonly changed: boolean;
}

/**
 * Puts the exact tree of the commit into the folder. A folder that holds it already, with its tracked files unchanged, is left
 * alone together with what was built in it; any other is replaced as a whole. Throws RepositoryUnreachable, RefNotFound,
 * RepositoryNotSupported.
 */
export async function checkout(at: CommitAt & { readonly into: string }): Promise<Checkout> {
  const { commit, into } = at;
  await ensureCommit(at);
  if (await holdsCommit(at)) return { commit, into, changed: false };
  await refuseUnsupported(at);
  await removeDrafts(into);
  const draft = `${into}.${randomUUID()}.draft`;
  await mkdir(dirname(into), { recursive: true });
  await prepare(at, draft).catch(async (error: unknown) => {
    if (error instanceof RepositoryNotSupported) await rm(draft, { recursive: true, force: true });
    throw error;
  });
  if (existsSync(into)) await rename(into, `${into}.${randomUUID()}.draft`);
  await rename(draft, into);
  await removeDrafts(into);
  return { commit, into, changed: true };
}

/** Whether the folder, of a user where one is named, holds the tree of the commit with its tracked files unchanged. */
export async function holdsCommit(at: CommitAt & { readonly into: string } & Pick<GitOptions, 'as'>): Promise<boolean> {
  if (!existsSync(join(at.into, '.git'))) return false;
  const here = { cacheDir: at.cacheDir, in: at.into, as: at.as };
  try {
    const head = await git(['rev-parse', '--verify', 'HEAD'], here);
    const changes = await git(['status', '--porcelain', '--untracked-files=no'], here);
    return head.toString('utf8').trim() === at.commit && changes.length === 0;
  } catch {
    return false;
  }
}

async function prepare(at: CommitAt, draft: string): Promise<void> {
  const { cacheDir, signal, in: mirror } = optionsFor(at);
  const options = { cacheDir, signal };
  await git(['clone', '--quiet', '--no-checkout', '--template=', '--', mirror, draft], options);
  const there = { ...options, in: draft };
  const commit = `+${at.commit}:refs/backstay/${at.commit}`;
  await git(['fetch', '--quiet', '--no-tags', '--update-shallow', '--', mirror, commit], there);
  await git(['checkout', '--quiet', '--detach', at.commit], there).catch((error: unknown) => {
    if (!(error instanceof GitFailed) || !/failed to encode/.test(error.output)) throw error;
    throw new RepositoryNotSupported(`${shown(at.repository)} names an encoding that cannot be made: ${error.output}`);
  });
  await refuseLargePlaceholders(at, draft);
  await git(['remote', 'set-url', 'origin', shown(at.repository)], there);
}

/** What an interrupted checkout left beside the folder. */
async function removeDrafts(into: string): Promise<void> {
  const folder = dirname(into);
  if (!existsSync(folder)) return;
  const left = (await readdir(folder)).filter(
    (name) => name.startsWith(`${basename(into)}.`) && name.endsWith('.draft'),
  );
  await Promise.all(left.map((name) => rm(join(folder, name), { recursive: true, force: true })));
}
