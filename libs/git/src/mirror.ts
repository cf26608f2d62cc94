import { createHash, randomUUID } from 'node:crypto';
import { mkdir, rename, rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { checkedAddress, isCommit, shown } from './address.ts';
import { RefNotFound, RepositoryUnreachable } from './errors.ts';
import type { GitOptions } from './git.ts';
import { git, GitFailed } from './git.ts';

/** Where a repository is, and where its mirror is kept: a folder below the data directory. */
export interface RepositoryAt {
  readonly repository: string;
  readonly cacheDir: string;
  readonly signal?: AbortSignal;
}

export interface CommitAt extends RepositoryAt {
  /** The full id of a commit. */
  readonly commit: string;
}

export const optionsFor = ({ repository, cacheDir, signal }: RepositoryAt): GitOptions & { in: string } => {
  const name = createHash('sha256').update(repository).digest('hex').slice(0, 24);
  return { cacheDir, signal, in: join(cacheDir, `${name}.git`) };
};

/** Notes that the mirror is used: one that has not been for long may be removed. Where there is none, an empty one is made. */
async function openMirror(options: GitOptions & { in: string }): Promise<void> {
  const now = new Date();
  const isThere = await utimes(options.in, now, now).then(
    () => true,
    () => false,
  );
  if (!isThere) await makeMirror(options);
}

/** An empty mirror, there as a whole or not at all. */
async function makeMirror(options: GitOptions & { in: string }): Promise<void> {
  await mkdir(options.cacheDir, { recursive: true, mode: 0o700 });
  const draft = `${options.in}.${randomUUID()}`;
  await git(['init', '--quiet', '--bare', '--template=', draft], { cacheDir: options.cacheDir });
  await rename(draft, options.in).catch(() => rm(draft, { recursive: true, force: true }));
}

const branchesAndTags = ['+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*'];
const fetches = new Map<string, Promise<void>>();

/** One fetch at a time for each mirror; another process's is waited for by trying again. */
async function fetch(at: RepositoryAt, refs: readonly string[], prune: boolean): Promise<void> {
  const options = optionsFor(at);
  const fetched = (fetches.get(options.in) ?? Promise.resolve())
    .catch(() => undefined)
    .then(() => fetchNow(at, refs, prune));
  fetches.set(options.in, fetched);
  try {
    await fetched;
  } finally {
    if (fetches.get(options.in) === fetched) fetches.delete(options.in);
  }
}

async function fetchNow(at: RepositoryAt, refs: readonly string[], prune: boolean, triesLeft = 3): Promise<void> {
  const flags = ['--quiet', '--force', '--no-tags', '--no-write-fetch-head', ...(prune ? ['--prune'] : [])];
  try {
    const depth = await depthFlag(at);
    await git(['fetch', ...flags, depth, '--', at.repository, ...refs], optionsFor(at));
  } catch (error) {
    if (!(error instanceof GitFailed)) throw error;
    const contended = /cannot lock ref|unable to create.*\.lock/i.test(error.output);
    if (contended && triesLeft > 1) return fetchNow(at, refs, prune, triesLeft - 1);
    throw new RepositoryUnreachable(shown(at.repository), error.output);
  }
}

/** Without it git leaves a branch as it was, and says nothing, where the history of a shallow repository would have to be cut. */
const depthFlag = async (at: RepositoryAt): Promise<'--unshallow' | '--update-shallow'> =>
  (await isShallow(at)) ? '--unshallow' : '--update-shallow';

/** Whether the mirror lacks commits that the history of others names, because the repository lacked them. */
export async function isShallow(at: RepositoryAt): Promise<boolean> {
  return (await git(['rev-parse', '--is-shallow-repository'], optionsFor(at))).toString('utf8').trim() === 'true';
}

/** Brings all branches and tags of the mirror up to date. Throws RepositoryUnreachable. */
export async function refresh(at: RepositoryAt): Promise<void> {
  checkedAddress(at.repository);
  await openMirror(optionsFor(at));
  await fetch(at, branchesAndTags, true);
}

/** Whether the mirror holds the commit with its whole tree: an interrupted fetch leaves the one without the other. */
async function hasCommit({ commit, ...at }: CommitAt): Promise<boolean> {
  const listing = ['rev-list', '--objects', '--no-walk', '--quiet', `${commit}^{commit}`];
  return git(listing, optionsFor(at)).then(
    () => true,
    () => false,
  );
}

/** Makes sure that the mirror holds the commit; asks the repository only when it does not. Throws RefNotFound. */
export async function ensureCommit(at: CommitAt): Promise<void> {
  checkedAddress(at.repository);
  if (!isCommit(at.commit)) throw new RefNotFound(shown(at.repository), at.commit, 'a commit is named by its full id');
  await openMirror(optionsFor(at));
  if (await hasCommit(at)) return;
  await refresh(at);
  if (await hasCommit(at)) return;
  await fetch(at, [`+${at.commit}:refs/backstay/${at.commit}`], false).catch(() => undefined);
  if (!(await hasCommit(at)))
    throw new RefNotFound(shown(at.repository), at.commit, 'the repository does not have this commit');
}
