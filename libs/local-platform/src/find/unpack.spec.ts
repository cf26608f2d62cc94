import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { scratchDir } from '../run/directories.ts';
import type { Binary } from './source.ts';
import { obtainTree } from './unpack.ts';

let cache: string;
let tree: string;

beforeEach(async () => {
  cache = await scratchDir('unpack');
  tree = join(cache, 'tree');
});

afterEach(() => rm(cache, { recursive: true, force: true }));

/** A tree is of use if its file says so. */
async function attempt(): Promise<Binary | string> {
  const origin = await readFile(join(tree, 'program'), 'utf8').catch(() => 'nothing there');
  return origin.startsWith('good') ? { kind: 'binary', origin, version: '1.0', environment: {} } : origin;
}

const filling = (text: string) => (draft: string) => writeFile(join(draft, 'program'), text);

describe('a tree that programs are unpacked to', () => {
  it('is filled once, and used again', async () => {
    await obtainTree(tree, filling('good 1'), attempt);
    expect(await obtainTree(tree, filling('good 2'), attempt)).toMatchObject({ origin: 'good 1' });
  });

  it('is replaced when it is of no use any more', async () => {
    await mkdir(tree);
    await writeFile(join(tree, 'program'), 'a library is gone');
    expect(await obtainTree(tree, filling('good'), attempt)).toMatchObject({ origin: 'good' });
  });

  it('is one whole tree, though several fill it at once', async () => {
    const fills = ['good 1', 'good 2', 'good 3'].map((text) => obtainTree(tree, filling(text), attempt));
    const origins = new Set((await Promise.all(fills)).map(({ origin }) => origin));
    expect(origins.size).toBe(1);
  });

  it('is not there, nor any part of it, when filling fails', async () => {
    const failing = async (draft: string) => {
      await filling('half')(draft);
      throw new Error('no network');
    };
    await expect(obtainTree(tree, failing, attempt)).rejects.toThrow('no network');
    expect(await readdir(cache)).toEqual([]);
  });
});
