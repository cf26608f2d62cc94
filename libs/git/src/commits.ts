import { shown, isCommit } from './address.ts';
import { RefNotFound } from './errors.ts';
import { git } from './git.ts';
import type { CommitAt, RepositoryAt } from './mirror.ts';
import { ensureCommit, optionsFor, refresh } from './mirror.ts';

export interface ResolvedCommit {
  readonly commit: string;
  /** `Name <address>` of the author, then of every co-author that the message names. */
  readonly authors: readonly string[];
  /** When it was committed, RFC 3339. */
  readonly time: string;
}

/**
 * Resolves a tag, a branch or a full commit id to the exact commit.
 * Throws RepositoryUnreachable, or RefNotFound, also when a tag and a branch of that name differ.
 */
export async function resolveCommit(at: RepositoryAt & { readonly ref: string }): Promise<ResolvedCommit> {
  const commit = isCommit(at.ref) ? at.ref : await commitOfRef(at);
  await ensureCommit({ ...at, commit });
  return describe({ ...at, commit });
}

async function commitOfRef(at: RepositoryAt & { readonly ref: string }): Promise<string> {
  await refresh(at);
  const names = at.ref.startsWith('refs/') ? [at.ref] : [`refs/tags/${at.ref}`, `refs/heads/${at.ref}`];
  const found = new Set(
    (await Promise.all(names.map((name) => commitOf(at, name)))).filter((commit) => commit !== null),
  );
  const [commit] = found;
  if (commit === undefined)
    throw new RefNotFound(shown(at.repository), at.ref, 'there is neither a tag nor a branch of that name');
  if (found.size > 1)
    throw new RefNotFound(
      shown(at.repository),
      at.ref,
      'a tag and a branch of that name differ; write refs/tags/… or refs/heads/…',
    );
  return commit;
}

async function commitOf(at: RepositoryAt, name: string): Promise<string | null> {
  const reply = git(['rev-parse', '--quiet', '--verify', '--end-of-options', `${name}^{commit}`], optionsFor(at));
  return reply.then(
    (bytes) => bytes.toString('utf8').trim(),
    () => null,
  );
}

async function describe(at: CommitAt): Promise<ResolvedCommit> {
  const format = '%cI%n%an <%ae>%n%(trailers:key=Co-authored-by,valueonly)';
  const reply = await git(
    ['show', '--no-patch', '--no-show-signature', `--format=${format}`, at.commit],
    optionsFor(at),
  );
  const [time = '', ...people] = reply
    .toString('utf8')
    .split('\n')
    .map((line) => line.trim());
  return { commit: at.commit, time, authors: [...new Set(people.filter((person) => person !== ''))] };
}

const largestFile = 1024 * 1024;

/** The text of a regular file in the commit, 1 MiB at most; null when the commit has no such file. */
export async function readFileAt(at: CommitAt & { readonly path: string }): Promise<string | null> {
  await ensureCommit(at);
  const entry = (await git(['ls-tree', '-z', '-l', at.commit, '--', at.path], { ...optionsFor(at) })).toString('utf8');
  const [, mode, id, size, name] = /^(\d+) \w+ ([0-9a-f]+) +(\d+|-)\t([^\0]*)/.exec(entry) ?? [];
  if (id === undefined || name !== at.path || !mode?.startsWith('100')) return null;
  if (Number(size) > largestFile) throw new RangeError(`${at.path} is larger than 1 MiB`);
  return (await git(['cat-file', 'blob', id], optionsFor(at))).toString('utf8');
}

/** Paths that the commit changed against its first parent; all of them for a first commit. */
export async function touchedPaths(at: CommitAt): Promise<string[]> {
  await ensureCommit(at);
  const parent = await commitOf(at, `${at.commit}^1`);
  const range = parent === null ? ['--root', at.commit] : [parent, at.commit];
  const flags = ['-r', '-z', '--no-commit-id', '--name-only', '--no-renames'];
  const reply = await git(['diff-tree', ...flags, ...range], optionsFor(at));
  return reply
    .toString('utf8')
    .split('\0')
    .filter((path) => path !== '');
}
