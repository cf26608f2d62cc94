import { shown } from './address.ts';
import { RepositoryNotSupported } from './errors.ts';
import type { CommitAt } from './mirror.ts';
import { headBytes, placeholderFor } from './placeholders.ts';
import { batches, blobs, entriesOf, filtersOf, headOf, isFile, type Entry } from './tree.ts';

/**
 * Refuses a commit whose work tree would not be what its author means: content that lies elsewhere (submodules, LFS and other
 * filters, placeholders) and links that lead out of the tree. Throws RepositoryNotSupported.
 */
export async function refuseUnsupported(at: CommitAt): Promise<void> {
  const entries = await entriesOf(at);
  const attributes = await filtersOf(at, entries);
  const reason =
    submodule(entries) ??
    filtered(attributes) ??
    (await placeholder(at, judged(entries, attributes))) ??
    (await strayLink(at, entries));
  if (reason !== null) throw new RepositoryNotSupported(`${shown(at.repository)} ${reason}`);
}

function submodule(entries: readonly Entry[]): string | null {
  const has = entries.some(({ mode, path }) => mode === '160000' || path === '.gitmodules');
  return has ? 'has submodules, which this version does not check out' : null;
}

function filtered(attributes: ReadonlyMap<string, string>): string | null {
  const [first] = [...attributes].filter(([, value]) => value !== 'unset' && value !== 'set');
  if (first === undefined) return null;
  const [path, filter] = first;
  return `has files that a git filter makes, which this version does not run: \`${path}\` has \`filter=${filter}\``;
}

/** The files that may be placeholders: one whose filter is unset is a sample, says its author. */
const judged = (entries: readonly Entry[], attributes: ReadonlyMap<string, string>): readonly Entry[] =>
  entries.filter((entry) => isFile(entry) && attributes.get(entry.path) !== 'unset');

/** Larger files are judged where they are checked out: git has no way to read the beginning of one. */
const judgedHere = 32 * 1024;

async function placeholder(at: CommitAt, files: readonly Entry[]): Promise<string | null> {
  for (const some of batches(files.filter(({ size }) => size <= judgedHere))) {
    const contents = await blobs(at, some);
    for (const [index, { path, size }] of some.entries()) {
      const found = placeholderFor(contents[index]!, size);
      if (found !== null) return inPlaceOf(path, found);
    }
  }
  return null;
}

const inPlaceOf = (path: string, found: string): string => `has \`${path}\`, which is ${found} and not the file`;

/** Refuses a tree for what only its files on disk show. Throws RepositoryNotSupported. */
export async function refuseLargePlaceholders(at: CommitAt, folder: string): Promise<void> {
  const entries = await entriesOf(at);
  const large = entries.filter(({ size }) => size > judgedHere);
  if (large.length === 0) return;
  for (const { path, name, size } of judged(large, await filtersOf(at, entries))) {
    const found = placeholderFor(await headOf(Buffer.concat([Buffer.from(`${folder}/`), name]), headBytes), size);
    if (found !== null) throw new RepositoryNotSupported(`${shown(at.repository)} ${inPlaceOf(path, found)}`);
  }
}

async function strayLink(at: CommitAt, entries: readonly Entry[]): Promise<string | null> {
  const links = entries.filter(({ mode }) => mode === '120000');
  const targets = await blobs(at, links);
  const linked = new Map(links.map(({ path }, index) => [path, String(targets[index])]));
  const stray = links.find(({ path }) => leadsOut(path, linked));
  if (stray === undefined) return null;
  return `has the link \`${stray.path}\` to \`${linked.get(stray.path)}\`, which leads out of the tree`;
}

const mostLinks = 40;

/** Follows a link as the system does, through other links of the tree; no release holds `.git`. */
function leadsOut(path: string, linked: ReadonlyMap<string, string>): boolean {
  const here: string[] = [];
  const ahead = path.split('/');
  for (let followed = 0; ahead.length > 0 && followed <= mostLinks;) {
    const name = ahead.shift()!;
    if (name === '' || name === '.') continue;
    if (name === '..') {
      if (here.pop() === undefined) return true;
      continue;
    }
    here.push(name);
    const target = linked.get(here.join('/'));
    if (here[0] === '.git' || target?.startsWith('/')) return true;
    if (target === undefined) continue;
    followed += 1;
    here.pop();
    ahead.unshift(...target.split('/'));
  }
  return false;
}
