import { utf8Text } from '@backstay/document';
import { createHash } from 'node:crypto';
import { shown, isCommit } from './address.ts';
import { RefNotFound, RepositoryNotSupported } from './errors.ts';
import { git } from './git.ts';
import type { CommitAt, RepositoryAt } from './mirror.ts';
import { ensureCommit, isShallow, optionsFor, refresh } from './mirror.ts';
import { refuseUnsupported } from './unsupported.ts';

export interface ResolvedCommit {
  readonly commit: string;
  /** `Name <address>` of the author, then of every co-author that the message names. */
  readonly authors: readonly string[];
  /** When it was committed, RFC 3339. */
  readonly time: string;
  /** The ref is a tag that named this other commit when it was first seen. */
  readonly movedFrom?: string;
}

type RefAt = RepositoryAt & { readonly ref: string };

/**
 * Resolves a tag, a branch or a full commit id to the exact commit that the repository has now.
 * Throws RepositoryUnreachable; RefNotFound, also when a tag and a branch of that name differ; RepositoryNotSupported.
 */
export async function resolveCommit(at: RefAt): Promise<ResolvedCommit> {
  const commit = isCommit(at.ref) ? at.ref : await commitOfRef(at);
  await ensureCommit({ ...at, commit });
  await refuseUnsupported({ ...at, commit });
  const first = isCommit(at.ref) ? commit : await firstCommitOfTag(at, commit);
  return { ...(await describe({ ...at, commit })), ...(first === commit ? {} : { movedFrom: first }) };
}

/** The names that are refreshed. What git would take for an expression, as `main~1`, names no branch and no tag. */
function refsNamed(ref: string): readonly string[] {
  if (/[\s~^:?*[\\]|@\{|\.\./.test(ref)) return [];
  if (/^refs\/(?:tags|heads)\//.test(ref)) return [ref];
  return [`refs/tags/${ref}`, `refs/heads/${ref}`];
}

/** The commit that the tag named when the mirror first saw it; for a branch, which is meant to move, the present one. */
async function firstCommitOfTag(at: RefAt, commit: string): Promise<string> {
  const [tag] = refsNamed(at.ref);
  if (tag === undefined || (await commitOf(at, tag)) !== commit) return commit;
  const note = `refs/first-seen/${createHash('sha256').update(tag).digest('hex')}`;
  const first = await commitOf(at, note);
  if (first === null && tag.startsWith('refs/tags/')) await git(['update-ref', note, commit], optionsFor(at));
  return first ?? commit;
}

async function commitOfRef(at: RefAt): Promise<string> {
  await refresh(at);
  const found = new Set(
    (await Promise.all(refsNamed(at.ref).map((name) => commitOf(at, name)))).filter((commit) => commit !== null),
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
    ['show', '--no-patch', '--no-show-signature', '--encoding=UTF-8', `--format=${format}`, at.commit],
    optionsFor(at),
  );
  const [time = '', ...people] = reply
    .toString('utf8')
    .split('\n')
    .map((line) => line.trim());
  return { commit: at.commit, time, authors: [...new Set(people.filter((person) => person !== ''))] };
}

async function namesParent(at: CommitAt): Promise<boolean> {
  return /^parent /m.test((await git(['cat-file', 'commit', at.commit], optionsFor(at))).toString('utf8'));
}

const largestFile = 1024 * 1024;

/** The text of a file in the commit, 1 MiB at most; null when the commit has no such file. Throws RepositoryNotSupported for a link, NotUtf8. */
export async function readFileAt(at: CommitAt & { readonly path: string }): Promise<string | null> {
  await ensureCommit(at);
  const entry = (await git(['ls-tree', '-z', '-l', at.commit, '--', at.path], { ...optionsFor(at) })).toString('utf8');
  const [, mode, id, size, name] = /^(\d+) \w+ ([0-9a-f]+) +(\d+|-)\t([^\0]*)/.exec(entry) ?? [];
  if (id === undefined || name !== at.path) return null;
  if (mode === '120000') throw new RepositoryNotSupported(`${at.path} is a link; it has to be the file itself`);
  if (!mode?.startsWith('100')) return null;
  if (Number(size) > largestFile) throw new RangeError(`${at.path} is larger than 1 MiB`);
  return utf8Text(await git(['cat-file', 'blob', id], optionsFor(at)));
}

/**
 * Paths that the commit changed against its first parent; all of them for a first commit. Throws RepositoryNotSupported where a
 * shallow repository lacks the parent.
 */
export async function touchedPaths(at: CommitAt): Promise<string[]> {
  await ensureCommit(at);
  const parent = await commitOf(at, `${at.commit}^1`);
  if (parent === null && (await isShallow(at)) && (await namesParent(at)))
    throw new RepositoryNotSupported(
      `${shown(at.repository)} is shallow: it lacks the commit before ${at.commit}, so that what this one changed cannot be known`,
    );
  const range = parent === null ? ['--root', at.commit] : [parent, at.commit];
  const flags = ['-r', '-z', '--no-commit-id', '--name-only', '--no-renames'];
  const reply = await git(['diff-tree', ...flags, ...range], optionsFor(at));
  return reply
    .toString('utf8')
    .split('\0')
    .filter((path) => path !== '');
}
