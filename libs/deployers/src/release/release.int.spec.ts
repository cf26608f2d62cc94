import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { textOf } from '@backstay/hosts/testing';
import { StaleToken } from '@backstay/hosts';
import { eventually } from '@backstay/local-platform/testing';
import { activate, deactivate, serviceState, startRelease, stopService, switchBack } from './activate.ts';
import { configurationDigest, configure, unconfigure } from './configure.ts';
import { NotReady, ReleaseInUse, ReleaseMissing } from './errors.ts';
import { currentRelease } from './layout.ts';
import { listReleases, place, prune, unplace } from './place.ts';
import { commitOf, location, one, two, versions } from './release.test-support.ts';

let here: Awaited<ReturnType<typeof location>>;
beforeEach(async () => {
  here = await location();
});
afterEach(() => here.remove());

const at = (token: number) => ({ root: here.root, token });
const ready = () => ({ url: `${here.url}/health`, allow: ['127.0.0.1:*'] });
const patience = () => ({ ready: ready(), timeoutMs: 15_000 });

async function putInPlace(release: string, token: number, more: Record<string, string> = {}) {
  const what = versions[release] ?? { version: '', commit: '' };
  await place({ ...at(token), source: here.source(what.version), ...what });
  await configure({ ...at(token), release, deployment: `d-${token}`, environment: here.environment(more) });
}

async function deploy(release: string, token: number, more: Record<string, string> = {}) {
  await putInPlace(release, token, more);
  return activate({ ...at(token), ...patience(), release, start: here.start });
}

describe('placing', () => {
  it('lays the tree out under version and commit, without its history', async () => {
    const placed = await place({ ...at(1), source: here.source('1.0.0'), ...versions[one]! });
    expect(placed).toMatchObject({ name: one, version: '1.0.0', commit: commitOf('aaaaaaaaaaaa'), changed: true });
    const tree = join(here.root, 'releases', one);
    expect(readdirSync(tree).sort()).toEqual(['.backstay-release.json', 'VERSION', 'deploy.sh', 'server.mjs']);
    expect(statSync(join(tree, 'deploy.sh')).mode & 0o777).toBe(0o755);
  });

  it('takes no set-user-ID bit over, and writes its record through no link of the tree', async () => {
    const source = here.source('1.0.0');
    const outside = join(here.root, 'outside');
    chmodSync(join(source, 'deploy.sh'), 0o6755);
    symlinkSync(outside, join(source, '.backstay-release.json'));
    symlinkSync(outside, join(source, `.backstay-release.json.${process.pid}.draft`));
    await place({ ...at(1), source, ...versions[one]! });
    const tree = join(here.root, 'releases', one);
    expect(statSync(join(tree, 'deploy.sh')).mode & 0o7777).toBe(0o755);
    expect(existsSync(outside)).toBe(false);
    expect(lstatSync(join(tree, '.backstay-release.json')).isFile()).toBe(true);
    expect(readdirSync(join(here.root, 'releases'))).toEqual([one]);
  });

  it('writes nothing through a tree that is a link to another folder', async () => {
    const outside = join(here.root, 'outside');
    mkdirSync(outside);
    symlinkSync(outside, join(here.root, 'link'));
    await expect(place({ ...at(1), source: join(here.root, 'link'), ...versions[one]! })).rejects.toThrow(
      /not a folder/,
    );
    expect(readdirSync(outside)).toEqual([]);
    expect(existsSync(join(here.root, 'releases', one))).toBe(false);
  });

  it('never writes over a release that is there', async () => {
    const request = { ...at(1), source: here.source('1.0.0'), ...versions[one]! };
    await place(request);
    writeFileSync(join(request.source, 'VERSION'), 'another');
    expect((await place(request)).changed).toBe(false);
    expect(textOf(join(here.root, 'releases', one, 'VERSION'))).toBe('1.0.0');
  });

  it('refuses names that would leave the folder', async () => {
    await expect(
      place({ ...at(1), source: here.source('1'), version: '../up', commit: commitOf('aaaaaaaaaaaa') }),
    ).rejects.toThrow(RangeError);
    await expect(switchBack({ ...at(1), ...patience(), to: '../../etc' })).rejects.toThrow(ReleaseMissing);
  });
});

describe('configuring', () => {
  const request = (token: number, environment: Record<string, string>) => ({
    ...at(token),
    release: one,
    deployment: `d-${token}`,
    environment,
  });
  const file = () => join(here.root, 'config', `${one}.env`);

  it('writes a file for its owner alone, and a digest that reports only whether it differs', async () => {
    const { digest } = await configure(request(1, { TOKEN: 's3cr3t', A: '1' }));
    expect(textOf(file())).toBe('A="1"\nTOKEN="s3cr3t"\n');
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(configurationDigest({ root: here.root, release: one })).toBe(digest);
    expect(await configure(request(1, { A: '1', TOKEN: 's3cr3t' }))).toEqual({ changed: false, digest });
    expect((await configure(request(1, { A: '2', TOKEN: 's3cr3t' }))).digest).not.toBe(digest);
  });

  it('is undone to the earlier file, by the deployment that changed it alone, and once', async () => {
    await configure(request(1, { A: 'first' }));
    await configure(request(2, { A: 'second' }));
    await configure(request(2, { A: 'second' }));
    await unconfigure(request(1, {})).catch((error: Error) => expect(error).toBeInstanceOf(StaleToken));
    await unconfigure({ ...request(2, {}), deployment: 'd-9' });
    expect(textOf(file())).toBe('A="second"\n');
    await unconfigure(request(2, {}));
    await unconfigure(request(2, {}));
    expect(textOf(file())).toBe('A="first"\n');
  });

  it('of a release that had no file is undone to none', async () => {
    await configure(request(1, { A: '1' }));
    await unconfigure(request(1, {}));
    expect(existsSync(file())).toBe(false);
    expect(configurationDigest({ root: here.root, release: one })).toBeNull();
  });
});

describe('activating', () => {
  it('serves the new release, then the next one; the link names it', async () => {
    expect(await currentRelease(here.root)).toBeNull();
    process.env.BACKSTAY_LEAK = 'of the orchestrator';
    expect((await deploy(one, 1, { GREETING: 'hello $HOME' })).restarted).toBe(true);
    delete process.env.BACKSTAY_LEAK;
    expect(await here.served()).toEqual({ version: '1.0.0', greeting: 'hello $HOME', leak: null });
    await deploy(two, 2);
    expect((await here.served()).version).toBe('2.0.0');
    expect(await currentRelease(here.root)).toMatchObject({
      name: two,
      version: '2.0.0',
      commit: commitOf('bbbbbbbbbbbb'),
    });
    expect(lstatSync(join(here.root, 'current')).isSymbolicLink()).toBe(true);
    expect(textOf(join(here.root, 'logs', `${two}.log`))).toContain('serving 2.0.0');
  });

  it('does not restart what runs already just so, but does for another configuration', async () => {
    await deploy(one, 1);
    const { pid } = await serviceState({ root: here.root });
    expect((await deploy(one, 2)).restarted).toBe(false);
    expect((await serviceState({ root: here.root })).pid).toBe(pid);
    expect((await deploy(one, 3, { GREETING: 'changed' })).restarted).toBe(true);
    expect((await here.served()).greeting).toBe('changed');
  });

  it('a release that does not become ready says why, and switching back restores the earlier one', async () => {
    await deploy(one, 1, { GREETING: 'good' });
    await putInPlace(two, 2, { UNHEALTHY: 'yes' });
    const failing = activate({ ...at(2), ready: ready(), timeoutMs: 1_500, release: two, start: here.start });
    await expect(failing).rejects.toThrow(NotReady);
    await expect(failing).rejects.toThrow(/responded with 503 \(after 1500 ms\); its log is .*2\.0\.0/);
    expect((await currentRelease(here.root))?.name).toBe(two);
    await switchBack({ ...at(3), ...patience(), to: one });
    expect(await here.served()).toMatchObject({ version: '1.0.0', greeting: 'good' });
    await unconfigure({ ...at(3), release: two, deployment: 'd-2' });
    await unplace({ ...at(3), release: two });
    expect((await listReleases(here.root)).map(({ name }) => name)).toEqual([one]);
  });

  it('a release that ends at once says how', async () => {
    await putInPlace(one, 1, { CRASH: 'yes' });
    const failing = activate({ ...at(1), ready: ready(), timeoutMs: 1_500, release: one, start: here.start });
    await expect(failing).rejects.toThrow('it ended with exit code 3');
    expect(textOf(join(here.root, 'logs', `${one}.log`))).toContain('going down');
  });

  it('a release that ends again and again is not waited for until the limit', async () => {
    await putInPlace(two, 2);
    writeFileSync(join(here.root, 'releases', two, 'server.mjs'), 'const = 1;\n');
    const tenMinutes = { ready: ready(), timeoutMs: 600_000 };
    const failure = await activate({ ...at(2), ...tenMinutes, release: two, start: here.start }).catch(
      (error: NotReady) => error,
    );
    expect(failure).toBeInstanceOf(NotReady);
    expect(failure).toMatchObject({
      message: expect.stringMatching(
        /it ended with exit code 1 \(it ended [3-9] times and was never ready\); its log is/,
      ),
      output: expect.stringMatching(/SyntaxError: Unexpected token '='/),
    });
  });

  it('a step whose time is up says what the last reply was', async () => {
    await putInPlace(one, 1, { UNHEALTHY: 'yes' });
    const abort = new AbortController();
    let asked = 0;
    const probe = async () => {
      asked += 1;
      if (asked === 2) abort.abort(new DOMException('the time is up', 'TimeoutError'));
      return false;
    };
    const failing = activate({
      ...at(1),
      ready: probe,
      timeoutMs: 15_000,
      signal: abort.signal,
      release: one,
      start: here.start,
    });
    await expect(failing).rejects.toThrow('did not become ready: its probe says that it is not; its log is');
    await expect(failing).rejects.toThrow(NotReady);
  });

  it('is asked whether it is ready on allowed hosts only', async () => {
    await putInPlace(one, 1);
    const elsewhere = { ...ready(), allow: ['orders.example.org:443'] };
    const failing = activate({ ...at(1), ready: elsewhere, timeoutMs: 500, release: one, start: here.start });
    await expect(failing).rejects.toThrow('not in the allow-list');
  });

  it('does not take the reply of another process on its port for its own', async () => {
    await deploy(one, 1);
    await putInPlace(two, 2, { CRASH: 'yes' });
    const failing = activate({ ...at(2), ready: async () => true, timeoutMs: 2_000, release: two, start: here.start });
    await expect(failing).rejects.toThrow(NotReady);
  });

  it('can be interrupted', async () => {
    await putInPlace(one, 1, { UNHEALTHY: 'yes' });
    const abort = new AbortController();
    const failing = activate({ ...at(1), ...patience(), signal: abort.signal, release: one, start: here.start });
    await eventually(async () => (await serviceState({ root: here.root })).status === 'running', 'the service');
    abort.abort(new Error('a rollback was triggered'));
    await expect(failing).rejects.toThrow('a rollback was triggered');
  });

  it('of the first release is undone to nothing', async () => {
    await deploy(one, 1);
    await deactivate(at(1));
    expect(await currentRelease(here.root)).toBeNull();
    expect((await serviceState({ root: here.root })).status).toBe('stopped');
    await expect(here.served()).rejects.toThrow('fetch failed');
  });
});

describe('the service', () => {
  it('is restarted when it ends by itself', async () => {
    await deploy(one, 1);
    const { pid } = await serviceState({ root: here.root });
    await fetch(`${here.url}/crash`).catch(() => undefined);
    const again = await eventually(async () => {
      const state = await serviceState({ root: here.root });
      return state.pid !== null && state.pid !== pid ? state : null;
    }, 'the restart');
    expect(again).toMatchObject({ restarts: 1, problem: 'it ended with exit code 9' });
    await eventually(() => here.served().catch(() => null), 'a reply');
  });

  it('can be stopped and started again as it was', async () => {
    await deploy(one, 1, { GREETING: 'still here' });
    await stopService(at(1));
    await expect(here.served()).rejects.toThrow('fetch failed');
    await startRelease({ ...at(1), ...patience() });
    expect(await here.served()).toMatchObject({ version: '1.0.0', greeting: 'still here' });
  });

  it('is ended also when its supervisor was killed', async () => {
    await deploy(one, 1);
    const record = JSON.parse(textOf(join(here.root, 'run', 'service.json')));
    process.kill(record.supervisor.pid, 'SIGKILL');
    await eventually(
      async () => (await serviceState({ root: here.root })).status === 'stopped',
      'the end of the supervisor',
    );
    await deploy(two, 2);
    expect((await here.served()).version).toBe('2.0.0');
  });
});

describe('the fence', () => {
  it('refuses every change to a lower token', async () => {
    await deploy(one, 5);
    const stale = at(4);
    const acts = [
      () => place({ ...stale, source: here.source('2.0.0'), ...versions[two]! }),
      () => configure({ ...stale, release: one, deployment: 'd', environment: {} }),
      () => unconfigure({ ...stale, release: one, deployment: 'd' }),
      () => activate({ ...stale, ...patience(), release: one, start: here.start }),
      () => switchBack({ ...stale, ...patience(), to: one }),
      () => startRelease({ ...stale, ...patience() }),
      () => stopService(stale),
      () => deactivate(stale),
      () => unplace({ ...stale, release: two }),
      () => prune({ ...stale, keep: 0, pinned: [] }),
    ];
    for (const act of acts) await expect(act()).rejects.toThrow(StaleToken);
    expect((await here.served()).version).toBe('1.0.0');
  });
});

describe('pruning', () => {
  it('keeps the latest, the current and the pinned', async () => {
    const release = (number: number) => ({ version: `${number}.0.0`, commit: commitOf(`${number}`.repeat(12)) });
    for (const number of [3, 4, 5, 6, 7]) {
      await place({ ...at(1), source: here.source(`${number}.0.0`), ...release(number) });
      await configure({
        ...at(1),
        release: `${number}.0.0-${`${number}`.repeat(12)}`,
        deployment: 'd',
        environment: here.environment(),
      });
    }
    await activate({ ...at(1), ...patience(), release: '4.0.0-444444444444', start: here.start });
    const removed = await prune({ ...at(1), keep: 1, pinned: ['3.0.0-333333333333'] });
    expect(removed.sort()).toEqual(['5.0.0-555555555555', '6.0.0-666666666666']);
    expect((await listReleases(here.root)).map(({ version }) => version)).toEqual(['7.0.0', '4.0.0', '3.0.0']);
    expect(existsSync(join(here.root, 'config', '5.0.0-555555555555.env'))).toBe(false);
    await expect(unplace({ ...at(1), release: '4.0.0-444444444444' })).rejects.toThrow(ReleaseInUse);
  });
});

describe('when the deploying process is killed', () => {
  const built = fileURLToPath(new URL('../../dist/index.js', import.meta.url));
  beforeAll(() => {
    execFileSync(process.execPath, [
      fileURLToPath(new URL('../../../../tools/build.mjs', import.meta.url)),
      'libs/hosts',
      'libs/guarded-io',
      'libs/deployers',
    ]);
  });

  /** Another process that deploys the second release and kills itself, or is killed when `watch` says so. */
  async function deployer(stop: string, files: number, watch?: () => boolean): Promise<void> {
    const request = {
      root: here.root,
      token: 2,
      source: here.source('2.0.0', files),
      ...versions[two],
      release: two,
      deployment: 'd-2',
      environment: here.environment(),
      start: here.start,
    };
    const program = `
      import { place, configure, activate } from ${JSON.stringify(pathToFileURL(built).href)};
      const request = ${JSON.stringify(request)};
      const kill = (point) => { if (point === ${JSON.stringify(stop)}) process.kill(process.pid, 'SIGKILL'); };
      await place(request); kill('placed');
      await configure(request); kill('configured');
      await activate({ ...request, timeoutMs: 15000, ready: async () => { kill('restarted'); return true; } }); kill('activated');`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    const gone = new Promise((resolve) => child.once('exit', (_, signal) => resolve(signal)));
    if (watch !== undefined) {
      await eventually(watch, 'the moment to kill it');
      child.kill('SIGKILL');
    }
    expect(await gone).toBe('SIGKILL');
  }

  const whileCopying = () => {
    const folder = join(here.root, 'releases');
    return existsSync(folder) && readdirSync(folder).some((name) => name.startsWith(`.${two}`));
  };
  const afterSwitching = () => readlinkSync(join(here.root, 'current')) === join('releases', two);

  it.each([
    ['while it copies', whileCopying],
    ['when it has placed', undefined],
    ['when it has configured', undefined],
    ['when it has switched the link', afterSwitching],
    ['when it has restarted', undefined],
    ['when it has activated', undefined],
  ])('%s, doing it again ends the same', async (point, watch) => {
    await deploy(one, 1);
    await deployer(point.split(' ').at(-1) ?? '', watch === whileCopying ? 3_000 : 0, watch);
    await deploy(two, 3);
    expect(await here.served()).toEqual({ version: '2.0.0', greeting: null, leak: null });
    expect((await currentRelease(here.root))?.name).toBe(two);
    expect(readdirSync(join(here.root, 'releases')).sort()).toEqual([one, two]);
    expect(readdirSync(here.root).sort()).toEqual(['config', 'current', 'fence', 'logs', 'releases', 'run']);
    expect(readFileSync(join(here.root, 'config', `${two}.env`), 'utf8')).toBe(`PORT="${here.port}"\n`);
  });
});
