import { randomUUID } from 'node:crypto';
import { constants, open, rm } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { git } from './git.ts';
import type { CommitAt } from './mirror.ts';
import { optionsFor } from './mirror.ts';

/** A line of the commit's whole tree. */
export interface Entry {
  readonly mode: string;
  readonly id: string;
  /** In bytes; NaN for a submodule. */
  readonly size: number;
  readonly path: string;
  /** The path as git has it, which need not be UTF-8. */
  readonly name: Buffer;
}

export async function entriesOf(at: CommitAt): Promise<readonly Entry[]> {
  const listed = await git(['ls-tree', '-r', '-z', '-l', '--full-tree', at.commit], optionsFor(at));
  return partsOf(listed, 'latin1').map((line) => {
    const [, mode = '', id = '', size, path = ''] = /^(\d+) \w+ ([0-9a-f]+) +(\d+|-)\t([^]*)$/.exec(line) ?? [];
    const name = Buffer.from(path, 'latin1');
    return { mode, id, size: Number(size), path: name.toString('utf8'), name };
  });
}

const partsOf = (bytes: Buffer, encoding: 'utf8' | 'latin1' = 'utf8'): string[] =>
  bytes.toString(encoding).split('\0').slice(0, -1);

export const isFile = ({ mode }: Entry): boolean => mode.startsWith('100');

/** The attribute `filter` of each file that has one, also `unset`: its content is not filtered, says the author. */
export async function filtersOf(at: CommitAt, entries: readonly Entry[]): Promise<ReadonlyMap<string, string>> {
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

/** The content of each entry, in their order. */
export async function blobs(at: CommitAt, entries: readonly Entry[]): Promise<readonly Buffer[]> {
  const input = entries.map(({ id }) => `${id}\n`).join('');
  const bytes = await git(['cat-file', '--batch'], { ...optionsFor(at), input });
  let position = 0;
  return entries.map(({ size }) => {
    const start = bytes.indexOf('\n', position) + 1;
    position = start + size + 1;
    return bytes.subarray(start, start + size);
  });
}

const bytesAtATime = 16 * 1024 * 1024;

/** The entries in their order, in groups that are small enough to be read at once. */
export function batches(entries: readonly Entry[]): readonly Entry[][] {
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

/** The first bytes of a file on disk, which must be no link. */
export async function headOf(path: Buffer, bytes: number): Promise<Buffer> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(bytes) });
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
