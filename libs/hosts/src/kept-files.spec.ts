import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KeptFiles } from './kept-files.ts';
import { runCommand } from './run-command.ts';

const old = new Date('2026-01-01T00:00:00.000Z');
const later = '2999-01-01T00:00:00.000Z';

describe('what a data directory keeps', () => {
  let dataDir: string;
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'backstay-kept-'));
  });
  afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

  function write(path: string, content = 'abc'): void {
    const file = join(dataDir, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
  const age = (path: string) => utimesSync(join(dataDir, path), old, old);
  const idsOf = (files: readonly { readonly id: string }[]) => files.map(({ id }) => id);

  it('is nothing where nothing was ever written', async () => {
    expect(await new KeptFiles(dataDir, 'workspace').list(later, '', 10)).toEqual([]);
    expect(await new KeptFiles(dataDir, 'workspace').find('d1')).toBeNull();
  });

  it('is listed by pages, as old as the last change of what lies in it directly', async () => {
    const workspaces = new KeptFiles(dataDir, 'workspace');
    for (const name of ['d1', 'd2', 'd3']) write(`workspaces/${name}/source`);
    for (const name of ['d1', 'd2']) age(`workspaces/${name}/source`);
    for (const name of ['d1', 'd2', 'd3']) age(`workspaces/${name}`);
    expect(idsOf(await workspaces.list(later, '', 2))).toEqual(['d1', 'd2']);
    expect(idsOf(await workspaces.list(later, 'd2', 2))).toEqual(['d3']);
    expect(idsOf(await workspaces.list('2026-02-01T00:00:00.000Z', '', 10))).toEqual(['d1', 'd2']);
    expect(await workspaces.find('d1')).toEqual({
      id: 'd1',
      modifiedAt: old.toISOString(),
      deployment: 'd1',
      isInUse: false,
    });
  });

  it.skipIf(process.getuid?.() !== 0)('is removed with the rights of the user whose workspace it is', async () => {
    for (const path of ['own/file', 'mixed/file', 'mixed/ours/kept']) write(`workspaces/${path}`);
    for (const path of ['own', 'own/file', 'mixed', 'mixed/file'])
      chownSync(join(dataDir, 'workspaces', path), 65534, 65534);
    chmodSync(dataDir, 0o711);
    const workspaces = new KeptFiles(dataDir, 'workspace');
    const remove = async (id: string) => workspaces.remove((await workspaces.find(id))!);
    await remove('own');
    await expect(remove('mixed')).rejects.toThrow(/ENOTEMPTY/);
    const isThere = (path: string) => existsSync(join(dataDir, 'workspaces', path));
    expect(['own', 'mixed/file', 'mixed/ours/kept'].map(isThere)).toEqual([false, false, true]);
  });

  it('is measured without following links, and removed without touching what they name', async () => {
    write('elsewhere/precious');
    write('workspaces/d1/source/file', '12345');
    symlinkSync(join(dataDir, 'elsewhere'), join(dataDir, 'workspaces/d1/link'));
    const workspaces = new KeptFiles(dataDir, 'workspace');
    const { bytes, digest } = await workspaces.measure('d1');
    expect([bytes, digest]).toEqual([5, expect.stringMatching(/^[0-9a-f]{64}$/)]);
    const found = await workspaces.find('d1');
    await workspaces.remove(found!);
    await workspaces.remove(found!);
    expect(await workspaces.find('d1')).toBeNull();
    expect(await new KeptFiles(join(dataDir, 'elsewhere'), 'workspace').list(later, '', 1)).toEqual([]);
    expect(() => mkdirSync(join(dataDir, 'elsewhere', 'precious'))).toThrow(/EEXIST/);
  });

  it('is of backups each file, with the sha256 of its content', async () => {
    write('backups/d1/pre.1.dump');
    const backups = new KeptFiles(dataDir, 'backup');
    expect(await backups.list(later, '', 10)).toMatchObject([{ id: 'd1/pre.1.dump', deployment: 'd1' }]);
    expect(await backups.measure('d1/pre.1.dump')).toEqual({
      bytes: 3,
      digest: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    });
    await backups.remove((await backups.find('d1/pre.1.dump'))!);
    expect(() => rmSync(join(dataDir, 'backups', 'd1'))).toThrow(/ENOENT/);
  });

  it('is of backups also what a restore left beside one when its process was killed', async () => {
    for (const name of ['pre.1.dump', 'pre.1.dump.5a2b.contents']) write(`backups/d1/${name}`);
    const listed = await new KeptFiles(dataDir, 'backup').list(later, '', 10);
    expect(listed).toMatchObject([{ deployment: 'd1' }, { id: 'd1/pre.1.dump.5a2b.contents', deployment: 'd1' }]);
  });

  describe('of mirrors', () => {
    const mirror = `${'a1'.repeat(12)}.git`;
    const entries = () => readdirSync(join(dataDir, 'repositories'));
    let mirrors: KeptFiles;
    beforeEach(() => {
      mirrors = new KeptFiles(dataDir, 'mirror');
      write(`repositories/${mirror}/HEAD`, 'ref: refs/heads/main');
      age(`repositories/${mirror}/HEAD`);
      age(`repositories/${mirror}`);
    });

    it('is each of them, and what a crash left of one, but not the configuration beside them', async () => {
      write(`repositories/${mirror}.5a2b/HEAD`);
      write('repositories/gitconfig');
      expect(await mirrors.list(later, '', 10)).toMatchObject([
        { id: mirror, modifiedAt: old.toISOString(), deployment: null, isInUse: false },
        { id: `${mirror}.5a2b` },
      ]);
      for (const found of await mirrors.list(later, '', 10)) await mirrors.remove(found);
      expect(entries()).toEqual(['gitconfig']);
    });

    it('is kept where it was used since it was found', async () => {
      const found = (await mirrors.find(mirror))!;
      utimesSync(join(dataDir, 'repositories', mirror), new Date(), new Date());
      await mirrors.remove(found);
      expect(entries()).toEqual([mirror]);
      expect(readFileSync(join(dataDir, 'repositories', mirror, 'HEAD'), 'utf8')).toBe('ref: refs/heads/main');
    });

    it('is not an error where it is gone already', async () => {
      const found = (await mirrors.find(mirror))!;
      await mirrors.remove(found);
      await mirrors.remove(found);
      expect(await mirrors.find(mirror)).toBeNull();
    });
  });

  it('is of commands the records of each, and in use while the last attempt runs', async () => {
    await run(1, 'true');
    expect(await seen()).toMatchObject({ deployment: 'd1', isInUse: false });
    const running = run(2, untilDone);
    while ((await seen())?.isInUse !== true) await new Promise(setImmediate);
    expect(await seen()).toMatchObject({ deployment: 'd1' });
    write('done');
    await running;
    expect(await seen()).toMatchObject({ deployment: 'd1', isInUse: false });
  });

  it('is of commands in use, too, while a process runs that has lost its supervisor', async () => {
    const running = run(1, `touch begun; ${untilDone}`);
    // A supervisor without its command would leave nothing that runs.
    while (!existsSync(join(dataDir, 'begun'))) await new Promise(setImmediate);
    const claim = join(dataDir, 'commands', (await seen())!.id, 'attempt-1', 'claim.json');
    const { supervisor } = JSON.parse(readFileSync(claim, 'utf8')) as { supervisor: { pid: number } };
    process.kill(supervisor.pid, 'SIGKILL');
    expect(await running).toMatchObject({ status: 'unknown' });
    expect(await seen()).toMatchObject({ deployment: 'd1', isInUse: true });
    write('done');
    while ((await seen())?.isInUse !== false) await new Promise(setImmediate);
  });

  const untilDone = 'while [ ! -e done ]; do sleep 0.05; done';
  const seen = async () => (await new KeptFiles(dataDir, 'command-record').list(later, '', 10))[0];
  const run = (attempt: number, script: string) =>
    runCommand({
      directory: dataDir,
      key: 'd1/deploy.1',
      attempt,
      token: 1,
      cwd: dataDir,
      env: {},
      commands: [{ text: script, argv: ['sh', '-c', script] }],
      timeoutMs: 30_000,
      signal: new AbortController().signal,
    });

  it("is of commands nobody's where what they recorded cannot be read", async () => {
    write('commands/empty/output');
    write('commands/broken/attempt-1/claim.json', '{ "key": "d1/de');
    write('commands/half/attempt-1/process.json', '{}');
    const listed = await new KeptFiles(dataDir, 'command-record').list(later, '', 10);
    expect(listed.map(({ id, deployment }) => [id, deployment])).toEqual([
      ['broken', null],
      ['empty', null],
      ['half', null],
    ]);
  });

  it.each(['', '.', '..', '../elsewhere', 'd1/../../x', '/etc'])('has nothing named %j', async (id) => {
    const workspaces = new KeptFiles(dataDir, 'workspace');
    await expect(workspaces.remove({ id, modifiedAt: later })).rejects.toBeInstanceOf(RangeError);
  });
});
