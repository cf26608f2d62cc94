import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lineNaming, readRevision } from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'backstay-revision-'));
const repository = join(folder, 'orders-api');
const cacheDir = join(folder, 'cache');
const wanted = { repository, cacheDir, ref: 'main', line: 7 };
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const inRepository = (...args: string[]): string =>
  execFileSync('git', ['-C', repository, '-c', 'user.name=A', '-c', 'user.email=a@example.com', ...args], {
    encoding: 'utf8',
  }).trim();

/** A branch with these files alone. */
function branch(name: string, files: Record<string, string | Uint8Array>): void {
  inRepository('checkout', '-q', '--orphan', name);
  for (const [path, text] of Object.entries(files)) writeFileSync(join(repository, path), text);
  inRepository('add', '-A');
  inRepository('commit', '-q', '-m', name, '--allow-empty');
  inRepository('rm', '-q', '-r', '--cached', '.', '--ignore-unmatch');
  for (const path of Object.keys(files)) rmSync(join(repository, path));
}

beforeAll(() => {
  execFileSync('git', ['init', '-q', '-b', 'empty', repository]);
  branch('main', { '.backstay.yaml': 'start: node server.mjs\n' });
  branch('bare', {});
  branch('broken', { '.backstay.yaml': 'start: node server.mjs\nstrat: x\n' });
  branch('latin', { '.backstay.yaml': Buffer.from('start: a\nversion: caf\xE9\n', 'latin1') });
  branch('nested', { '.gitmodules': '[submodule "x"]\n' });
});

const codesOf = async (more: Partial<Parameters<typeof readRevision>[0]>) => {
  const read = await readRevision({ ...wanted, ...more });
  return read.ok ? [] : read.problems.map(({ code, line, file }) => ({ code, line, ...(file && { file }) }));
};

describe('a revision', () => {
  it('is the exact commit with the bindings that stand there, and nothing is checked out', async () => {
    const commit = inRepository('rev-parse', 'main');
    expect(await readRevision(wanted)).toMatchObject({
      ok: true,
      resolved: { commit, authors: ['A <a@example.com>'] },
      bindings: { start: expect.anything() },
    });
    expect(readdirSync(folder).sort()).toEqual(['cache', 'orders-api']);
  });

  it('may have no bindings', async () => {
    expect(await readRevision({ ...wanted, ref: 'bare' })).toMatchObject({ ok: true, bindings: undefined });
  });

  it('with broken bindings is refused with their own lines', async () => {
    expect(await codesOf({ ref: 'broken' })).toMatchObject([{ line: 2, file: '.backstay.yaml' }]);
  });

  it('with bindings that are not UTF-8 is refused at the byte', async () => {
    expect(await codesOf({ ref: 'latin' })).toEqual([{ code: 'encoding', line: 2, file: '.backstay.yaml' }]);
  });

  it.each([
    ['ref-not-found', { ref: 'nowhere' }],
    ['repository-unreachable', { repository: join(folder, 'nothing') }],
    ['repository-not-supported', { ref: 'nested' }],
    ['commit-mismatch', { commit: 'abc' }],
  ])('is refused at the line of the document: %s', async (code, more) => {
    expect(await codesOf(more)).toEqual([{ code, line: 7 }]);
  });

  it('is given up when the signal is aborted', async () => {
    await expect(readRevision({ ...wanted, signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
  });
});

it('the line that names branch or tag is found, else the first', () => {
  expect(lineNaming('# a\n- Branch: main\n', 'main')).toBe(2);
  expect(lineNaming('# a\n', 'main')).toBe(1);
});
