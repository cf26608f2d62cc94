import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isAlive, SupervisorFailed } from '@backstay/hosts';
import { eventually } from '@backstay/local-platform/testing';
import { activate, configure, place, serviceState, startRelease, stopService } from '../index.ts';
import { switchBack } from './activate.ts';
import { unplace } from './place.ts';
import { location, nobody, one, two, versions } from './release.test-support.ts';

let here: Awaited<ReturnType<typeof location>>;
beforeEach(async () => {
  here = await location();
});
afterEach(() => here.remove());

const at = (token: number) => ({ root: here.root, token });
const below = (...path: string[]) => join(here.root, ...path);
const treeFile = (release: string, ...path: string[]) => below('releases', release, ...path);
const patience = () => ({ ready: { url: `${here.url}/health`, allow: ['127.0.0.1:*'] }, timeoutMs: 15_000 });
const asNobody = () => ({ ...patience(), runAs: nobody, writable: ['logs', 'linked', 'deep/logs'] });

async function put(release: string, token: number, prepare = (_tree: string): void => undefined) {
  const version = release.split('-')[0]!;
  const source = here.source(version);
  chmodSync(source, 0o700);
  chmodSync(join(source, 'server.mjs'), 0o600);
  prepare(source);
  await place({ ...at(token), source, ...versions[release]! });
  const environment = here.environment({ GREETING: 's3cr3t' });
  await configure({ ...at(token), release, deployment: `d-${token}`, environment });
}
const deploy = async (release: string, token: number, prepare?: (tree: string) => void) => {
  await put(release, token, prepare);
  return activate({ ...at(token), ...asNobody(), release, start: here.start });
};

describe.skipIf(process.getuid?.() !== 0)('a release of another user', () => {
  it('has its user, its primary group, no capability, a umask of 077, and of our environment nothing', async () => {
    process.env['BACKSTAY_LEAK'] = 'of the orchestrator';
    process.env['TMPDIR'] = '/tmp';
    try {
      await deploy(one, 1);
    } finally {
      for (const name of ['BACKSTAY_LEAK', 'TMPDIR']) delete process.env[name];
    }
    const { env, ...self } = await here.self();
    expect(self).toEqual({ uid: 65534, gid: 65534, groups: [65534], umask: 0o077, capabilities: '0000000000000000' });
    expect(env).toMatchObject({ HOME: '/nonexistent', USER: 'nobody', GREETING: 's3cr3t' });
    expect(Object.keys(env).filter((name) => /^BACKSTAY_|TMPDIR/.test(name))).toEqual(['BACKSTAY_SERVICE']);
    const supervisor = JSON.parse(readFileSync(below('run', 'service.json'), 'utf8')).supervisor.pid;
    expect(statSync(`/proc/${supervisor}`).uid).toBe(0);
  });

  it('reads its files and changes none, nor what Backstay keeps; the folders of its logs are its own', async () => {
    const outside = join(dirname(here.root), 'outside');
    mkdirSync(outside);
    await deploy(one, 1, (tree) => {
      mkdirSync(join(tree, 'open'));
      chmodSync(join(tree, 'open'), 0o777);
      chmodSync(join(tree, 'VERSION'), 0o666);
      symlinkSync(outside, join(tree, 'linked'));
    });
    const tries = ['VERSION', 'new', 'open/new', 'linked/new', '../new', '../../run/new', '../../logs/new'];
    expect(await Promise.all(tries.map((path) => here.write(path)))).toEqual(tries.map(() => 'EACCES'));
    expect(await here.write(`../../config/${one}.env`)).toBe('EACCES');
    expect([await here.write('logs/app.log'), await here.write('deep/logs/app.log')]).toEqual([null, null]);
    expect(lstatSync(treeFile(one, 'logs', 'app.log'))).toMatchObject({ uid: 65534 });
    expect([statSync(outside).uid, statSync(treeFile(one, 'deep')).uid]).toEqual([0, 0]);
    expect(existsSync(join(outside, 'new'))).toBe(false);
  });

  it('is let into no file that has another name elsewhere', async () => {
    const other = join(dirname(here.root), 'other');
    writeFileSync(other, 'of another', { mode: 0o600 });
    await put(one, 1);
    linkSync(other, treeFile(one, 'shared'));
    await activate({ ...at(1), ...asNobody(), release: one, start: here.start });
    expect(statSync(other)).toMatchObject({ uid: 0, gid: 0 });
    expect(statSync(other).mode & 0o777).toBe(0o600);
  });

  it("has a log that is Backstay's, written through no link", async () => {
    const outside = join(dirname(here.root), 'outside');
    writeFileSync(outside, 'kept');
    mkdirSync(below('logs'));
    symlinkSync(outside, below('logs', `${one}.log`));
    await deploy(one, 1);
    expect(readFileSync(outside, 'utf8')).toBe('kept');
    const log = lstatSync(below('logs', `${one}.log`));
    expect([log.isFile(), log.uid, log.mode & 0o777]).toEqual([true, 0, 0o600]);
    expect(readFileSync(below('logs', `${one}.log`), 'utf8')).toContain('serving 1.0.0');
  });

  it('is found, started again, stopped and started as that user', async () => {
    await deploy(one, 1);
    const { pid } = await serviceState({ root: here.root });
    await fetch(`${here.url}/crash`).catch(() => undefined);
    await eventually(async () => {
      const state = await serviceState({ root: here.root });
      return state.pid !== null && state.pid !== pid;
    }, 'the restart');
    expect(await eventually(async () => (await here.self().catch(() => null))?.uid, 'a reply')).toBe(65534);
    await stopService(at(1));
    expect(await serviceState({ root: here.root })).toMatchObject({ status: 'stopped', pid: null });
    await startRelease({ ...at(1), ...asNobody() });
    expect((await here.self()).uid).toBe(65534);
  });

  it('takes the place of one that ran as root, also when its supervisor was killed, and that one comes back as the user', async () => {
    await put(one, 1);
    await activate({ ...at(1), ...patience(), release: one, start: here.start });
    expect((await here.self()).uid).toBe(0);
    const { supervisor, service } = JSON.parse(readFileSync(below('run', 'service.json'), 'utf8'));
    process.kill(supervisor.pid, 'SIGKILL');
    await deploy(two, 2);
    expect([(await here.served()).version, (await here.self()).uid]).toEqual(['2.0.0', 65534]);
    expect(isAlive(service)).toBe(false);
    await switchBack({ ...at(3), ...asNobody(), to: one });
    expect([(await here.served()).version, (await here.self()).uid]).toEqual(['1.0.0', 65534]);
  });

  it('is removed, what is its own with its own rights', async () => {
    const outside = join(dirname(here.root), 'outside');
    mkdirSync(outside);
    writeFileSync(join(outside, 'kept'), '');
    await deploy(one, 1);
    await here.write('logs/app.log');
    symlinkSync(outside, treeFile(one, 'logs', 'way'));
    await deploy(two, 2);
    await unplace({ ...at(2), release: one });
    expect([existsSync(treeFile(one)), existsSync(join(outside, 'kept'))]).toEqual([false, true]);
  });

  it('is not begun without the right to switch, which fails no release', async () => {
    await put(one, 1);
    const { geteuid } = process;
    process.geteuid = () => 1000;
    try {
      const starting = activate({ ...at(1), ...asNobody(), release: one, start: here.start });
      await expect(starting).rejects.toThrow(SupervisorFailed);
    } finally {
      process.geteuid = geteuid;
    }
    expect(existsSync(below('current'))).toBe(false);
  });
});
