import { randomUUID } from 'node:crypto';
import { constants, open, rm } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { shown } from './address.ts';
import { RepositoryNotSupported } from './errors.ts';
import { git } from './git.ts';
import type { CommitAt } from './mirror.ts';
import { optionsFor } from './mirror.ts';
import { headBytes, placeholderFor } from './placeholders.ts';

/** A line of the commit's whole tree. */
interface Entry {
  readonly mode: string;
  readonly id: string;
  /** In bytes; NaN for a submodule. */
  readonly size: number;
  readonly path: string;
  /** The path as git has it, which need not be UTF-8. */
  readonly name: Buffer;
}

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

async function entriesOf(at: CommitAt): Promise<readonly Entry[]> {
  const listed = await git(['ls-tree', '-r', '-z', '-l', '--full-tree', at.commit], optionsFor(at));
  return partsOf(listed, 'latin1').map((line) => {
    const [, mode = '', id = '', size, path = ''] = /^(\d+) \w+ ([0-9a-f]+) +(\d+|-)\t([^]*)$/.exec(line) ?? [];
    const name = Buffer.from(path, 'latin1');
    return { mode, id, size: Number(size), path: name.toString('utf8'), name };
  });
}

const partsOf = (bytes: Buffer, encoding: 'utf8' | 'latin1' = 'utf8'): string[] =>
  bytes.toString(encoding).split('\0').slice(0, -1);
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

/** The files that may be placeholders: one whose filter is unset is a sample, says its author. */
const judged = (entries: readonly Entry[], attributes: ReadonlyMap<string, string>): readonly Entry[] =>
  entries.filter((entry) => isFile(entry) && attributes.get(entry.path) !== 'unset');

/** Larger files are judged where they are checked out: git has no way to read the beginning of one. */
const judgedHere = 32 * 1024;
const bytesAtATime = 16 * 1024 * 1024;

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

function batches(entries: readonly Entry[]): readonly Entry[][] {
  const all: Entry[][] = [];
  let left = 0;
  for (const entry of entries) {
    left -= entry.size;
    if (left >= 0) {
      all.at(-1)!.push(entry);
      continue;
    }
    all.push([entry]);
    left = bytesAtATime - entry.size;
  }
  return all;
}

/** Refuses a tree for what only its files on disk show. Throws RepositoryNotSupported. */
export async function refuseLargePlaceholders(at: CommitAt, folder: string): Promise<void> {
  const entries = await entriesOf(at);
  const large = entries.filter(({ size }) => size > judgedHere);
  if (large.length === 0) return;
  for (const { path, name, size } of judged(large, await filtersOf(at, entries))) {
    const found = placeholderFor(await headOf(Buffer.concat([Buffer.from(`${folder}/`), name])), size);
    if (found !== null) throw new RepositoryNotSupported(`${shown(at.repository)} ${inPlaceOf(path, found)}`);
  }
}

async function headOf(path: Buffer): Promise<Buffer> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(headBytes) });
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** The content of each entry, in their order. */
async function blobs(at: CommitAt, entries: readonly Entry[]): Promise<readonly Buffer[]> {
  const input = entries.map(({ id }) => `${id}\n`).join('');
  const bytes = await git(['cat-file', '--batch'], { ...optionsFor(at), input });
  let position = 0;
  return entries.map(({ size }) => {
    const start = bytes.indexOf('\n', position) + 1;
    position = start + size + 1;
    return bytes.subarray(start, start + size);
  });
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
