import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  checkout,
  readFileAt,
  RefNotFound,
  RepositoryNotSupported,
  RepositoryUnreachable,
  resolveCommit,
  touchedPaths,
} from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'backstay-git-'));
const repository = join(folder, 'orders-api');
const cacheDir = join(folder, 'cache');
const at = { repository, cacheDir };
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const identity = {
  GIT_AUTHOR_NAME: 'An Author',
  GIT_AUTHOR_EMAIL: 'author@example.com',
  GIT_COMMITTER_NAME: 'A Committer',
  GIT_COMMITTER_EMAIL: 'committer@example.com',
};
const inRepository = (...args: string[]): string =>
  execFileSync('git', ['-C', repository, ...args], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, ...identity },
  }).trim();

function commit(message: string, files: Record<string, string>): string {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(repository, path)), { recursive: true });
    writeFileSync(join(repository, path), text);
  }
  inRepository('add', '-A');
  inRepository('commit', '-q', '-m', message);
  return inRepository('rev-parse', 'HEAD');
}

let first = '';
let second = '';
beforeAll(() => {
  execFileSync('git', ['init', '-q', '-b', 'main', repository]);
  first = commit('first', { 'server.mjs': '1', 'docs/größe.md': 'x', '.backstay.yaml': 'start: node server.mjs\n' });
  inRepository('tag', '-a', 'v1.0.0', '-m', 'one');
  second = commit('second\n\nCo-authored-by: A Helper <helper@example.com>', {
    'server.mjs': '2',
    'CHANGELOG.md': 'y',
  });
  inRepository('tag', 'v2.0.0');
  inRepository('tag', 'twofold', first);
  inRepository('branch', 'twofold', second);
});

describe('resolving', () => {
  it('returns the exact commit of a branch, with its authors and time', async () => {
    const resolved = await resolveCommit({ ...at, ref: 'main' });
    expect(resolved.commit).toBe(second);
    expect(resolved.authors).toEqual(['An Author <author@example.com>', 'A Helper <helper@example.com>']);
    expect(Number.isNaN(Date.parse(resolved.time))).toBe(false);
  });

  it('returns the commit of an annotated tag, not the tag', async () => {
    expect((await resolveCommit({ ...at, ref: 'v1.0.0' })).commit).toBe(first);
  });

  it('takes a full commit id and a file URL', async () => {
    expect((await resolveCommit({ repository: `file://${repository}`, cacheDir, ref: first })).commit).toBe(first);
  });

  it('sees what was committed since it last looked', async () => {
    inRepository('checkout', '-q', '-b', 'moving');
    const one = commit('moving one', { moving: '1' });
    expect((await resolveCommit({ ...at, ref: 'moving' })).commit).toBe(one);
    const two = commit('moving two', { moving: '2' });
    expect((await resolveCommit({ ...at, ref: 'moving' })).commit).toBe(two);
  });

  it('several at once share one mirror', async () => {
    const other = { ...at, cacheDir: join(folder, 'shared') };
    const refs = ['main', 'v1.0.0', 'v2.0.0', 'main'];
    const resolved = await Promise.all(refs.map((ref) => resolveCommit({ ...other, ref })));
    expect(resolved.map((one) => one.commit)).toEqual([second, first, second, second]);
  });

  it('notes each use of its mirror, and makes another where it was removed', async () => {
    const own = { ...at, cacheDir: join(folder, 'noted') };
    await resolveCommit({ ...own, ref: 'main' });
    const mirror = join(
      own.cacheDir,
      readdirSync(own.cacheDir).find((name) => name.endsWith('.git'))!,
    );
    const longAgo = new Date('2020-01-01T00:00:00.000Z');
    for (const use of [
      () => readFileAt({ ...own, commit: second, path: 'server.mjs' }),
      () => resolveCommit({ ...own, ref: 'v1.0.0' }),
    ]) {
      utimesSync(mirror, longAgo, longAgo);
      await use();
      expect(statSync(mirror).mtimeMs).toBeGreaterThan(longAgo.getTime());
    }
    rmSync(mirror, { recursive: true });
    expect(await readFileAt({ ...own, commit: second, path: 'server.mjs' })).toBe('2');
  });

  it.each([
    ['a name that is not there', 'v9', 'neither a tag nor a branch'],
    ['a part of a commit id', 'abcdef1', 'neither a tag nor a branch'],
    ['a tag and a branch that differ', 'twofold', 'a tag and a branch of that name differ'],
    ['an option', '--upload-pack=touch', 'neither a tag nor a branch'],
    ['a commit that is not there', 'a'.repeat(40), 'does not have this commit'],
  ])('refuses %s', async (_, ref, why) => {
    const failure = resolveCommit({ ...at, ref });
    await expect(failure).rejects.toThrow(RefNotFound);
    await expect(failure).rejects.toThrow(why);
  });

  it.each([
    ['a folder that is not a repository', join(folder, 'nothing')],
    ['a command', 'ext::sh -c "touch ran"'],
    ['an option', '--upload-pack=touch ran'],
    ['plain HTTP', 'http://127.0.0.1:1/x.git'],
    ['a relative path', '../orders-api'],
  ])('says that %s cannot be read', async (_, address) => {
    await expect(resolveCommit({ repository: address, cacheDir, ref: 'main' })).rejects.toThrow(RepositoryUnreachable);
  });

  it('reveals no credentials', async () => {
    const secret = resolveCommit({ repository: 'https://user:s3cr3t@127.0.0.1:1/x.git', cacheDir, ref: 'main' });
    const output = await secret.catch((error: Error) => error.message);
    expect(output).toContain('https://127.0.0.1:1/x.git');
    expect(output).not.toContain('s3cr3t');
  });
});

describe('reading', () => {
  it('returns a file as it was at the commit', async () => {
    expect(await readFileAt({ ...at, commit: first, path: 'server.mjs' })).toBe('1');
    expect(await readFileAt({ ...at, commit: second, path: 'server.mjs' })).toBe('2');
    expect(await readFileAt({ ...at, commit: second, path: '.backstay.yaml' })).toBe('start: node server.mjs\n');
  });

  it('returns null for a folder and for what is not there', async () => {
    expect(await readFileAt({ ...at, commit: first, path: 'docs' })).toBeNull();
    expect(await readFileAt({ ...at, commit: first, path: 'CHANGELOG.md' })).toBeNull();
  });

  it('returns the paths that a commit touched', async () => {
    expect(await touchedPaths({ ...at, commit: second })).toEqual(['CHANGELOG.md', 'server.mjs']);
    expect(await touchedPaths({ ...at, commit: first })).toEqual(['.backstay.yaml', 'docs/größe.md', 'server.mjs']);
  });
});

describe('a checkout', () => {
  const into = join(folder, 'work', 'source');

  it('is the exact tree', async () => {
    expect(await checkout({ ...at, commit: first, into })).toEqual({ commit: first, into, changed: true });
    expect(readFileSync(join(into, 'server.mjs'), 'utf8')).toBe('1');
    expect(readdirSync(into).sort()).toEqual(['.backstay.yaml', '.git', 'docs', 'server.mjs']);
  });

  it('is left alone the second time, with what was built in it', async () => {
    writeFileSync(join(into, 'built.js'), '');
    expect((await checkout({ ...at, commit: first, into })).changed).toBe(false);
    expect(existsSync(join(into, 'built.js'))).toBe(true);
  });

  it('is made again when a tracked file was changed, or another commit is wanted', async () => {
    writeFileSync(join(into, 'server.mjs'), 'tampered');
    expect((await checkout({ ...at, commit: first, into })).changed).toBe(true);
    expect(readFileSync(join(into, 'server.mjs'), 'utf8')).toBe('1');
    await checkout({ ...at, commit: second, into });
    expect(readFileSync(join(into, 'server.mjs'), 'utf8')).toBe('2');
    expect(existsSync(join(into, 'built.js'))).toBe(false);
  });

  it('is made over what an interrupted one left', async () => {
    mkdirSync(`${into}.1.draft`);
    rmSync(join(into, '.git'), { recursive: true });
    await checkout({ ...at, commit: second, into });
    expect(readdirSync(dirname(into))).toEqual(['source']);
  });

  it('of a repository with submodules is refused', async () => {
    const nested = commit('nested', { '.gitmodules': '[submodule "x"]\n' });
    const other = join(folder, 'work', 'nested');
    await expect(checkout({ ...at, commit: nested, into: other })).rejects.toThrow(RepositoryNotSupported);
    expect(existsSync(other)).toBe(false);
  });
});
