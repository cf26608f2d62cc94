import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { shown } from './address.ts';
import { RepositoryNotSupported } from './errors.ts';
import { git } from './git.ts';
import type { CommitAt } from './mirror.ts';
import { optionsFor } from './mirror.ts';

/** A line of the commit's whole tree. */
interface Entry {
  readonly mode: string;
  readonly id: string;
  /** In bytes; NaN for a submodule. */
  readonly size: number;
  readonly path: string;
}

/**
 * Refuses a commit whose work tree would not be what its author means: content that lies elsewhere (submodules, LFS and other
 * filters, pointers) and links that lead out of the tree. Throws RepositoryNotSupported.
 */
export async function refuseUnsupported(at: CommitAt): Promise<void> {
  const entries = await entriesOf(at);
  const attributes = await filtersOf(at, entries);
  const reason =
    submodule(entries) ??
    filtered(attributes) ??
    (await pointer(at, entries, attributes)) ??
    (await strayLink(at, entries));
  if (reason !== null) throw new RepositoryNotSupported(`${shown(at.repository)} ${reason}`);
}

async function entriesOf(at: CommitAt): Promise<readonly Entry[]> {
  const listed = await git(['ls-tree', '-r', '-z', '-l', '--full-tree', at.commit], optionsFor(at));
  return partsOf(listed).map((line) => {
    const [, mode = '', id = '', size, path = ''] = /^(\d+) \w+ ([0-9a-f]+) +(\d+|-)\t([^]*)$/.exec(line) ?? [];
    return { mode, id, size: Number(size), path };
  });
}

const partsOf = (bytes: Buffer): string[] => bytes.toString('utf8').split('\0').slice(0, -1);
const isFile = ({ mode }: Entry): boolean => mode.startsWith('100');

function submodule(entries: readonly Entry[]): string | null {
  const has = entries.some(({ mode, path }) => mode === '160000' || path === '.gitmodules');
  return has ? 'has submodules, which this version does not check out' : null;
}

/** The attribute `filter` of each file that has one, also `unset`: its content is not filtered, says the author. */
async function filtersOf(at: CommitAt, entries: readonly Entry[]): Promise<ReadonlyMap<string, string>> {
  if (!entries.some(({ path }) => posix.basename(path) === '.gitattributes')) return new Map();
  const options = { ...optionsFor(at), indexFile: join(at.cacheDir, `index.${randomUUID()}.draft`) };
  try {
    await git(['read-tree', at.commit], options);
    const input = entries.map(({ path }) => `${path}\0`).join('');
    const parts = partsOf(await git(['check-attr', '--cached', '-z', '--stdin', 'filter'], { ...options, input }));
    const triples = Array.from({ length: parts.length / 3 }, (_, index) => parts.slice(index * 3, index * 3 + 3));
    return new Map(triples.map(([path = '', , value = '']) => [path, value] as const).filter(isGiven));
  } finally {
    await rm(options.indexFile, { force: true });
  }
}

const isGiven = ([, value]: readonly [string, string]): boolean => value !== 'unspecified';

function filtered(attributes: ReadonlyMap<string, string>): string | null {
  const [first] = [...attributes].filter(([, value]) => value !== 'unset' && value !== 'set');
  if (first === undefined) return null;
  const [path, filter] = first;
  return `has files that a git filter makes, which this version does not run: \`${path}\` has \`filter=${filter}\``;
}

/** What Git LFS, its forerunners and git-annex commit in place of a file. */
const pointerForm =
  /^version https?:\/\/(?:git-lfs\.github\.com|hawser\.github\.com|git-media\.io)\/|^\/annex\/objects\//;
const pointerSize = { least: 20, most: 1024 };
const atATime = 10_000;

/** Also one whose attribute was forgotten. */
async function pointer(
  at: CommitAt,
  entries: readonly Entry[],
  attributes: ReadonlyMap<string, string>,
): Promise<string | null> {
  const small = entries.filter(
    (entry) =>
      isFile(entry) &&
      entry.size >= pointerSize.least &&
      entry.size <= pointerSize.most &&
      attributes.get(entry.path) !== 'unset',
  );
  for (let from = 0; from < small.length; from += atATime) {
    const some = small.slice(from, from + atATime);
    const texts = await blobs(at, some);
    const found = some.find((_, index) => pointerForm.test(texts[index] ?? ''));
    if (found !== undefined)
      return `has \`${found.path}\`, which is the pointer to a file of Git LFS or git-annex and not the file`;
  }
  return null;
}

/** The content of each entry, in their order. */
async function blobs(at: CommitAt, entries: readonly Entry[]): Promise<readonly string[]> {
  const input = entries.map(({ id }) => `${id}\n`).join('');
  const bytes = await git(['cat-file', '--batch'], { ...optionsFor(at), input });
  let position = 0;
  return entries.map(({ size }) => {
    const start = bytes.indexOf('\n', position) + 1;
    position = start + size + 1;
    return bytes.toString('utf8', start, start + size);
  });
}

async function strayLink(at: CommitAt, entries: readonly Entry[]): Promise<string | null> {
  const links = entries.filter(({ mode }) => mode === '120000');
  const targets = await blobs(at, links);
  const linked = new Map(links.map(({ path }, index) => [path, targets[index] ?? '']));
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
