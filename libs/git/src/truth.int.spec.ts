import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import fc from 'fast-check';
import { runs } from '@backstay/event-sourcing/testing';
import {
  checkout,
  readFileAt,
  readRevision,
  RefNotFound,
  RepositoryNotSupported,
  RepositoryUnreachable,
  resolveCommit,
  touchedPaths,
} from './index.ts';
import { TestRepository, type Content } from './repository.test-support.ts';

let repository: TestRepository;
beforeEach(() => {
  repository = new TestRepository();
});
afterEach(() => {
  vi.unstubAllEnvs();
  repository.remove();
});

const resolve = async (ref = 'main') => (await resolveCommit({ ...repository.at, ref })).commit;
const into = () => join(repository.folder, 'work', 'source');
const checkOut = (commit: string) => checkout({ ...repository.at, commit, into: into() });
const contentOf = (path: string) => readFileSync(join(into(), path));
const mirror = () => {
  const name = readdirSync(repository.cacheDir).find((each) => each.endsWith('.git'));
  return join(repository.cacheDir, name!);
};

describe('a shallow repository', () => {
  it('that replaces a whole one which was mirrored resolves to its newest commit', async () => {
    repository.commit({ 'server.mjs': '1' });
    await resolve();
    repository.commit({ 'server.mjs': '2' });
    const newest = repository.commit({ 'server.mjs': '3' });
    repository.cutHistory();
    expect(await resolve()).toBe(newest);
    await checkOut(newest);
    expect(String(contentOf('server.mjs'))).toBe('3');
  });

  it('that nothing has mirrored resolves to its newest commit, and further ones', async () => {
    repository.commit({ 'server.mjs': '1' });
    const newest = repository.commit({ 'server.mjs': '2' });
    repository.cutHistory();
    expect(await resolve()).toBe(newest);
    await checkOut(newest);
    const next = repository.commit({ 'server.mjs': '3' });
    expect(await resolve()).toBe(next);
    await checkOut(next);
    expect(String(contentOf('server.mjs'))).toBe('3');
  });

  it('that was completed afterwards is mirrored as a whole', async () => {
    const first = repository.commit({ 'one.txt': '1' });
    const second = repository.commit({ 'two.txt': '2' });
    const origin = join(repository.folder, 'whole');
    repository.git(repository.folder, 'clone', '-q', '--mirror', repository.path, origin);
    repository.cutHistory();
    await resolve();
    repository.run('fetch', '-q', '--unshallow', origin, 'main');
    await resolve();
    expect(await touchedPaths({ ...repository.at, commit: second })).toEqual(['two.txt']);
    expect(await readFileAt({ ...repository.at, commit: first, path: 'one.txt' })).toBe('1');
  });

  it('does not know what its first commit changed, and says so', async () => {
    repository.commit({ 'one.txt': '1' });
    const second = repository.commit({ 'two.txt': '2' });
    repository.cutHistory();
    const third = repository.commit({ 'three.txt': '3' });
    expect(await touchedPaths({ ...repository.at, commit: third })).toEqual(['three.txt']);
    const failure = touchedPaths({ ...repository.at, commit: second });
    await expect(failure).rejects.toThrow(RepositoryNotSupported);
    await expect(failure).rejects.toThrow('is shallow');
  });
});

describe('what the repository has now is returned', () => {
  it('for a branch that moved backwards', async () => {
    const first = repository.commit({ 'server.mjs': '1' });
    const second = repository.commit({ 'server.mjs': '2' });
    expect(await resolve()).toBe(second);
    repository.run('reset', '-q', '--hard', first);
    expect(await resolve()).toBe(first);
  });

  it('for a tag that moved, which is reported at the line that names it, each time', async () => {
    const first = repository.commit({ 'server.mjs': '1' });
    repository.run('tag', 'v1.0.0');
    const read = () => readRevision({ ...repository.at, ref: 'v1.0.0', line: 7 });
    expect(await read()).toMatchObject({ resolved: { commit: first }, warnings: [] });
    const second = repository.commit({ 'server.mjs': '2' });
    repository.run('tag', '-f', '-a', 'v1.0.0', '-m', 'moved');
    for (const round of [1, 2])
      expect([round, await read()]).toMatchObject([
        round,
        {
          resolved: { commit: second, movedFrom: first },
          warnings: [
            {
              line: 7,
              severity: 'warning',
              code: 'tag-moved',
              message: `the tag v1.0.0 was moved: it named commit ${first} when it was first seen, and names ${second} now`,
            },
          ],
        },
      ]);
  });

  it('for a branch, which may move without a word', async () => {
    repository.commit({ 'server.mjs': '1' });
    await resolve();
    repository.commit({ 'server.mjs': '2' });
    expect(await readRevision({ ...repository.at, ref: 'main', line: 1 })).toMatchObject({ warnings: [] });
  });

  it('for a name that was a folder of names before', async () => {
    const first = repository.commit({ 'server.mjs': '1' });
    repository.run('branch', 'release');
    expect(await resolve('release')).toBe(first);
    repository.run('branch', '-D', 'release');
    repository.run('branch', 'release/2');
    expect(await resolve('release/2')).toBe(first);
    await expect(resolve('release')).rejects.toThrow(RefNotFound);
  });

  it('and a branch or tag that was removed is not there', async () => {
    repository.commit({ 'server.mjs': '1' });
    repository.run('branch', 'next');
    repository.run('tag', 'v1');
    await resolve('next');
    await resolve('v1');
    repository.run('branch', '-D', 'next');
    repository.run('tag', '-d', 'v1');
    for (const ref of ['next', 'v1']) await expect(resolve(ref)).rejects.toThrow(RefNotFound);
  });

  it('or that it cannot be read; never what it had before', async () => {
    repository.commit({ 'server.mjs': '1' });
    await resolve();
    renameSync(repository.path, `${repository.path}.away`);
    await expect(resolve()).rejects.toThrow(RepositoryUnreachable);
    renameSync(`${repository.path}.away`, repository.path);
    const newest = repository.commit({ 'server.mjs': '2' });
    const object = join('.git', 'objects', newest.slice(0, 2), newest.slice(2));
    rmSync(join(repository.path, object), { force: true });
    await expect(resolve()).rejects.toThrow(RepositoryUnreachable);
  });

  it('also after a fetch that was interrupted between a commit and its tree', async () => {
    const first = repository.commit({ 'server.mjs': '1' });
    await resolve();
    const second = repository.commit({ 'server.mjs': '2' });
    const file = join(repository.folder, 'commit');
    writeFileSync(file, `${repository.run('cat-file', 'commit', second)}\n`);
    expect(repository.git(mirror(), 'hash-object', '-w', '-t', 'commit', file)).toBe(second);
    expect(await readFileAt({ ...repository.at, commit: second, path: 'server.mjs' })).toBe('2');
    expect(await readFileAt({ ...repository.at, commit: first, path: 'server.mjs' })).toBe('1');
  });

  it.each(['main~1', 'main^', 'main@{1}', 'main:server.mjs', 'refs/first-seen/x', 'refs/backstay/x', 'mai*'])(
    'and %s is not the name of a branch or tag',
    async (ref) => {
      repository.commit({ 'server.mjs': '1' });
      repository.commit({ 'server.mjs': '2' });
      await expect(resolve(ref)).rejects.toThrow(RefNotFound);
    },
  );
});

describe('what git would show in place of a commit is not followed', () => {
  it('a replacement', async () => {
    const first = repository.commit({ 'server.mjs': '1' });
    const second = repository.commit({ 'server.mjs': '2' });
    repository.run('replace', second, first);
    expect(await resolve()).toBe(second);
    await checkOut(second);
    expect(String(contentOf('server.mjs'))).toBe('2');
    expect(await touchedPaths({ ...repository.at, commit: second })).toEqual(['server.mjs']);
  });

  it('a graft in the mirror itself', async () => {
    repository.commit({ 'one.txt': '1' });
    const second = repository.commit({ 'two.txt': '2' });
    await resolve();
    mkdirSync(join(mirror(), 'info'), { recursive: true });
    writeFileSync(join(mirror(), 'info', 'grafts'), `${second}\n`);
    expect(await touchedPaths({ ...repository.at, commit: second })).toEqual(['two.txt']);
  });

  it('a replacement in the mirror itself', async () => {
    const first = repository.commit({ 'server.mjs': '1' });
    const second = repository.commit({ 'server.mjs': '2' });
    await resolve();
    repository.git(mirror(), 'replace', second, first);
    expect(await readFileAt({ ...repository.at, commit: second, path: 'server.mjs' })).toBe('2');
  });

  it('a graft: what it hides is asked for, and not being there is an error', async () => {
    repository.commit({ 'one.txt': '1' });
    repository.commit({ 'two.txt': '2' });
    const third = repository.commit({ 'three.txt': '3' });
    const [, , root = ''] = repository.run('rev-list', 'main').split('\n');
    mkdirSync(join(repository.path, '.git', 'info'));
    writeFileSync(join(repository.path, '.git', 'info', 'grafts'), `${third} ${root}\n`);
    await expect(resolve()).rejects.toThrow(RepositoryUnreachable);
  });

  it('borrowed objects: the mirror stands alone', async () => {
    const commit = repository.commit({ 'server.mjs': '1' });
    const borrower = join(repository.folder, 'borrower');
    repository.git(repository.folder, 'clone', '-q', '--shared', repository.path, borrower);
    const at = { repository: borrower, cacheDir: repository.cacheDir };
    await resolveCommit({ ...at, ref: 'main' });
    rmSync(borrower, { recursive: true });
    rmSync(repository.path, { recursive: true });
    await checkout({ ...at, commit, into: into() });
    expect(String(contentOf('server.mjs'))).toBe('1');
  });
});

describe('an address that carries who calls', () => {
  it.each([
    'https://s3cr3t@127.0.0.1:1/x.git',
    'https://user:s3cr3t@127.0.0.1:1/x.git',
    'https://s3cr3t@s3cr3t@127.0.0.1:1/x.git',
    'ssh://git:s3cr3t@127.0.0.1:1/x.git',
  ])('is refused, and not shown: %s', async (address) => {
    const failure = resolveCommit({ repository: address, cacheDir: repository.cacheDir, ref: 'main' });
    await expect(failure).rejects.toThrow('a URL carries no user name, password or token');
    await expect(failure).rejects.not.toThrow('s3cr3t');
    expect(existsSync(repository.cacheDir)).toBe(false);
  });

  it('as the user of ssh alone is asked', async () => {
    const failure = resolveCommit({
      repository: 'ssh://git@127.0.0.1:1/x.git',
      cacheDir: repository.cacheDir,
      ref: 'main',
    });
    await expect(failure).rejects.not.toThrow('a URL carries');
  });
});

const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 12345\n`;
const annexed = '/annex/objects/SHA256E-s12345--aaaaaaaa.bin\n';
const fat = `#$# git-fat ${'a'.repeat(40)} 12345\n`;
const encrypted = (bytes: number) => Buffer.concat([Buffer.from('\0GITCRYPT\0'), Buffer.alloc(bytes, 0xf3)]);

describe('a commit whose content lies elsewhere, or leads elsewhere, is refused before and at its checkout', () => {
  it.each<[string, Readonly<Record<string, Content>>, string]>([
    [
      'a pointer of Git LFS',
      { '.gitattributes': '*.bin filter=lfs diff=lfs merge=lfs -text\n', 'model.bin': pointer },
      '`model.bin` has `filter=lfs`',
    ],
    ['attributes in a folder', { 'a/.gitattributes': '*.dat filter=crypt\n', 'a/b/x.dat': 'x' }, '`filter=crypt`'],
    ['a macro', { '.gitattributes': '[attr]big filter=lfs\n*.bin big\n', 'x.bin': 'x' }, '`filter=lfs`'],
    ['a file that the filter has not made yet', { '.gitattributes': 'x filter=lfs\n', x: 'content' }, '`filter=lfs`'],
    ['a pointer without attributes', { 'model.bin': pointer }, '`model.bin`, which is the pointer'],
    ['a pointer of git-annex', { 'model.bin': annexed }, '`model.bin`, which is the pointer'],
    ['a pointer of git-fat', { 'model.bin': fat }, '`model.bin`, which is the pointer to a file of git-fat'],
    ['a file of git-crypt without attributes', { '.env': encrypted(30) }, '`.env`, which is what git-crypt encrypted'],
    ['an empty file of git-crypt', { '.env': encrypted(12) }, '`.env`, which is what git-crypt encrypted'],
    ['a link of git-annex', { 'model.bin': { to: '.git/annex/objects/x' } }, 'leads out of the tree'],
    ['an absolute link', { 'etc/hosts': { to: '/etc/hosts' } }, 'link `etc/hosts` to `/etc/hosts`'],
    ['a link that climbs out', { 'a/up': { to: '../../other' } }, 'leads out of the tree'],
    [
      'a link that climbs out through another',
      { 'a/b/root': { to: '../..' }, out: { to: 'a/b/root/../x' } },
      'leads out of the tree',
    ],
    ['submodules', { '.gitmodules': '[submodule "x"]\n' }, 'has submodules'],
    ['bindings that are a link', { 'x.yaml': 'start: x\n', '.backstay.yaml': { to: 'x.yaml' } }, 'is a link'],
  ])('%s', async (_, files, why) => {
    const commit = repository.commit(files);
    const read = await readRevision({ ...repository.at, ref: 'main', line: 7 });
    expect(read).toMatchObject({ ok: false, problems: [{ line: 7, code: 'repository-not-supported' }] });
    expect(read.ok ? '' : read.problems[0]!.message).toContain(why);
    if (why === 'is a link') return;
    await expect(checkOut(commit)).rejects.toThrow(RepositoryNotSupported);
    expect(existsSync(into())).toBe(false);
    expect(readdirSync(repository.cacheDir).filter((name) => name.endsWith('.draft'))).toEqual([]);
  });

  it.each(['keys.bin', Buffer.from([0x6b, 0xff, 0x79])])(
    'a file of git-crypt that is too large to be read before its checkout: %j',
    async (name) => {
      repository.commit({ '.gitattributes': 'sample.bin -filter\n', 'sample.bin': encrypted(300_000) });
      const folder = Buffer.from(`${repository.path}/`);
      writeFileSync(Buffer.concat([folder, Buffer.from(name)]), encrypted(300_000));
      const commit = repository.commit({ 'large.bin': Buffer.alloc(300_000, 7) });
      await expect(checkOut(commit)).rejects.toThrow('which is what git-crypt encrypted and not the file');
      expect(readdirSync(join(repository.folder, 'work'))).toEqual([]);
    },
  );

  it('a submodule that no file declares', async () => {
    const commit = repository.commit({ 'server.mjs': '1' });
    repository.run('update-index', '--add', '--cacheinfo', `160000,${commit},nested`);
    repository.run('commit', '-q', '-m', 'nested');
    await expect(resolve()).rejects.toThrow('has submodules');
  });

  it('and what only resembles it is not', async () => {
    const files: Record<string, Content> = {
      '.gitattributes': 'sample.* -filter\n*.txt text\n',
      'sample.bin': pointer,
      'sample.env': encrypted(30),
      'about.md': `It begins with\n${pointer}`,
      'about.bin': Buffer.concat([Buffer.from('x'), encrypted(30)]),
      'large.md': `${pointer}${'and more about it\n'.repeat(60)}`,
      'large.bin': Buffer.alloc(300_000, 7),
      'a/inner': { to: '../b/./target' },
      'a/dangling': { to: 'nowhere' },
      'a/loop': { to: 'loop' },
      'b/target': 'x',
      empty: '',
    };
    const commit = repository.commit(files);
    expect(await resolve()).toBe(commit);
    await checkOut(commit);
    expect(String(contentOf('a/inner'))).toBe('x');
    expect(String(contentOf('sample.bin'))).toBe(pointer);
  });

  it('wherever pointer and link stand', async () => {
    const name = fc.stringMatching(/^[a-z ü]{1,8}$/).filter((text) => text.trim() === text);
    const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join('/'));
    const bad = fc.constantFrom<Content>(
      pointer,
      annexed,
      fat,
      encrypted(99),
      { to: '/etc/passwd' },
      { to: '../../../../../x' },
    );
    await fc.assert(
      fc.asyncProperty(path, bad, async (at, content) => {
        repository.run('rm', '-q', '-r', '-f', '--ignore-unmatch', '.');
        repository.commit({ [at]: content, 'z/last.txt': 'x' });
        await expect(resolve()).rejects.toThrow(RepositoryNotSupported);
      }),
      { ...runs(12), endOnFailure: true },
    );
  });
});

describe('what git itself makes of a file is made, the same on every machine', () => {
  it('end of lines, identification and encoding are those that the attributes name', async () => {
    const commit = repository.commit({
      '.gitattributes': '*.bat text eol=crlf\nid.txt ident\n*.utf16 text working-tree-encoding=UTF-16LE\n',
      'run.bat': 'a\r\nb\r\n',
      'id.txt': '$Id$\n',
      'text.utf16': Buffer.from('größe\n', 'utf16le'),
      'plain.txt': 'a $Id$\n',
    });
    const own = ['autocrlf = true', 'eol = crlf', `attributesFile = ${join(repository.folder, 'attributes')}`];
    writeFileSync(join(repository.folder, '.gitconfig'), `[core]\n\t${own.join('\n\t')}\n`);
    writeFileSync(join(repository.folder, 'attributes'), '* text eol=crlf ident\n');
    vi.stubEnv('HOME', repository.folder);
    await checkOut(commit);
    expect(String(contentOf('run.bat'))).toBe('a\r\nb\r\n');
    expect(String(contentOf('id.txt'))).toMatch(/^\$Id: [0-9a-f]{40} \$\n$/);
    expect(contentOf('text.utf16')).toEqual(Buffer.from('größe\n', 'utf16le'));
    expect(String(contentOf('plain.txt'))).toBe('a $Id$\n');
    expect((await checkOut(commit)).changed).toBe(false);
  });

  it('an encoding that is not known here is refused', async () => {
    const commit = repository.commit({ '.gitattributes': '*.x text working-tree-encoding=UTF-8\n', 'a.x': 'a\n' });
    await checkOut(commit);
    repository.commit({ '.gitattributes': '*.y text working-tree-encoding=NO-SUCH\n' });
    writeFileSync(join(repository.path, 'b.y'), 'b\n');
    const id = repository.run('hash-object', '-w', '--no-filters', 'b.y');
    rmSync(join(repository.path, 'b.y'));
    repository.run('update-index', '--add', '--cacheinfo', `100644,${id},b.y`);
    repository.run('commit', '-q', '-m', 'encoded');
    await expect(checkOut(repository.run('rev-parse', 'HEAD'))).rejects.toThrow(RepositoryNotSupported);
    expect(readdirSync(join(repository.folder, 'work'))).toEqual(['source']);
  });

  it('what an archive would leave out or fill in is there as it was committed', async () => {
    const commit = repository.commit({
      '.gitattributes': 'left-out export-ignore\nfilled export-subst\n',
      'left-out': 'x',
      filled: '$Format:%H$\n',
    });
    await checkOut(commit);
    expect(String(contentOf('left-out'))).toBe('x');
    expect(String(contentOf('filled'))).toBe('$Format:%H$\n');
  });

  it('names that differ in case alone are two files', async () => {
    const commit = repository.commit({ 'README.md': 'one', 'readme.md': 'two' });
    await checkOut(commit);
    expect([String(contentOf('README.md')), String(contentOf('readme.md'))]).toEqual(['one', 'two']);
  });

  it('a link inside of the tree and the bit of a program are kept', async () => {
    repository.commit({ 'server.mjs': '1', link: { to: 'server.mjs' } });
    repository.run('update-index', '--chmod=+x', 'server.mjs');
    repository.run('commit', '-q', '-m', 'program');
    await checkOut(repository.run('rev-parse', 'HEAD'));
    expect(lstatSync(join(into(), 'link')).isSymbolicLink()).toBe(true);
    expect(lstatSync(join(into(), 'server.mjs')).mode & 0o100).toBe(0o100);
  });
});
