import { chmodSync, existsSync, linkSync, lstatSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '@backstay/local-platform/testing';
import { accountIn, whyNoSwitch } from './account.ts';
import { exited, idleSupervisorsOf, line, stepFolder, workbench } from './testing/index.ts';
import {
  accountNamed,
  giveTo,
  keepIdleSupervisors,
  makePassable,
  moveAs,
  runCommand,
  SupervisorFailed,
  type Account,
} from './index.ts';

const isRoot = process.getuid?.() === 0;
const nobody: Account = { name: 'nobody', uid: 65534, gid: 65534, home: '/nonexistent', shell: '/bin/sh' };

let bench: ReturnType<typeof workbench>;
let cwd: string;
beforeEach(() => {
  bench = workbench();
  cwd = bench.path('work');
  mkdirSync(cwd, { mode: 0o700 });
  chmodSync(bench.directory, 0o711);
});
afterEach(() => bench.remove());

const outputAs = async (script: string, more = {}) =>
  exited(await runCommand(bench.request(script, { cwd, runAs: nobody, ...more }))).output.tail.trim();

describe.skipIf(!isRoot)('a command of another user', () => {
  beforeEach(() => giveTo(cwd, nobody));

  it('has its user, its primary group and no other', async () => {
    expect(await outputAs('id -u; id -g; id -G')).toBe('65534\n65534\n65534');
  });

  it('finds itself in its environment, and nothing of ours', async () => {
    process.env['TMPDIR'] = bench.directory;
    try {
      expect(await outputAs('echo "$HOME $USER $LOGNAME $SHELL ${TMPDIR:-none}"')).toBe(
        '/nonexistent nobody nobody /bin/sh none',
      );
    } finally {
      delete process.env['TMPDIR'];
    }
  });

  it('writes files that nobody else reads, which are its own', async () => {
    await outputAs('echo a > file; mkdir folder');
    const modeOf = (name: string) => statSync(join(cwd, name)).mode & 0o777;
    expect([modeOf('file'), modeOf('folder')]).toEqual([0o600, 0o700]);
    expect(statSync(join(cwd, 'file')).uid).toBe(65534);
  });

  it('neither reads nor writes the record of its step, nor signals who supervises it', async () => {
    const step = stepFolder(bench.request(''));
    const look = `cat ${step}/attempt-1/claim.json; echo x >> ${step}/attempt-1/output.log; ls ${step}; kill -9 $PPID`;
    const tail = await outputAs(`{ ${look}; } 2>&1; echo done`);
    expect(tail.match(/[Pp]ermission denied|not permitted/g)).toHaveLength(4);
    expect(tail).toContain('done');
    expect(statSync(step).uid).toBe(0);
  });

  it('is in no folder that it cannot reach itself, although an earlier command has made its own a link to one', async () => {
    const closed = bench.path('closed');
    mkdirSync(join(closed, 'open'), { recursive: true });
    chmodSync(closed, 0o700);
    writeFileSync(join(closed, 'open', 'secret'), 'of another', { mode: 0o644 });
    const folder = join(cwd, 'in');
    mkdirSync(folder);
    await giveTo(cwd, nobody);
    const swap = `mv ${folder} ${folder}.aside && ln -s ${closed}/open ${folder}`;
    const { status, output } = exited(
      await runCommand(
        bench.request('', { cwd: folder, runAs: nobody, commands: [line(swap), line('cat secret; id -u')] }),
      ),
    );
    expect([status, output.tail]).toEqual(['exited', expect.stringContaining('EACCES')]);
    expect(output.tail).not.toContain('of another');
  });

  it('is ended with all that it started', async () => {
    const outcome = await runCommand(
      bench.request('setsid sleep 600 & sleep 600', { cwd, runAs: nobody, timeoutMs: 500 }),
    );
    expect(outcome.status).toBe('timed-out');
  });

  it('starts cold: supervisors that wait are for others', async () => {
    keepIdleSupervisors(1);
    try {
      await runCommand(bench.request('true', { cwd }));
      await eventually(() => idleSupervisorsOf(process.pid).length === 1, 'one supervisor waits');
      const waiting = idleSupervisorsOf(process.pid);
      await outputAs('true', { key: 'orders-1/deploy.2' });
      expect(idleSupervisorsOf(process.pid)).toEqual(waiting);
    } finally {
      keepIdleSupervisors(0);
    }
  });

  it('does not begin without the right to switch, which does not end it', async () => {
    const geteuid = process.geteuid;
    process.geteuid = () => 1000;
    try {
      const request = bench.request('true', { cwd, runAs: nobody });
      await expect(runCommand(request)).rejects.toThrow(SupervisorFailed);
      expect(existsSync(join(stepFolder(request), 'attempt-1'))).toBe(false);
    } finally {
      process.geteuid = geteuid;
    }
  });
});

describe.skipIf(!isRoot)('what is given to another user', () => {
  it('is all that is in the folder, no target of a link, and no file that has another name elsewhere', async () => {
    const other = bench.path('other');
    writeFileSync(other, 'ours');
    writeFileSync(bench.path('target'), '');
    mkdirSync(join(cwd, 'a'));
    linkSync(other, join(cwd, 'a', 'shared'));
    symlinkSync(bench.path('target'), join(cwd, 'link'));
    await giveTo(cwd, nobody);
    const uidOf = (path: string) => lstatSync(path).uid;
    expect([cwd, join(cwd, 'a'), join(cwd, 'a', 'shared'), join(cwd, 'link')].map(uidOf)).toEqual(Array(4).fill(65534));
    expect([uidOf(other), uidOf(bench.path('target'))]).toEqual([0, 0]);
  });

  it('is moved with the rights of that user alone', async () => {
    const draft = bench.path('draft');
    mkdirSync(join(draft, 'tree'), { recursive: true });
    mkdirSync(bench.path('ours'));
    writeFileSync(bench.path('ours/kept'), '');
    await Promise.all([giveTo(draft, nobody), giveTo(cwd, nobody)]);
    symlinkSync(bench.path('ours'), join(cwd, 'way'));
    await expect(moveAs(nobody, join(draft, 'tree'), join(cwd, 'way', 'kept'))).rejects.toThrow(/ermission denied/);
    expect(existsSync(bench.path('ours/kept'))).toBe(true);
    await moveAs(nobody, join(draft, 'tree'), join(cwd, 'in', 'tree'));
    expect(statSync(join(cwd, 'in', 'tree')).uid).toBe(65534);
  });
});

describe('a folder that others pass through', () => {
  it('lets them do no less than before where it is shared on purpose', async () => {
    const modeAfter = async (mode: number) => {
      chmodSync(cwd, mode);
      await makePassable(cwd);
      return statSync(cwd).mode & 0o7777;
    };
    expect([await modeAfter(0o700), await modeAfter(0o1777), await modeAfter(0o755)]).toEqual([0o711, 0o1777, 0o755]);
  });
});

describe('the right to switch to another user', () => {
  const all = (1n << 41n) - 1n;

  it('is that of root with all that it takes', () => {
    expect(whyNoSwitch(nobody, { uid: 0, gid: 0, capabilities: all })).toBeNull();
    expect(whyNoSwitch(nobody, { uid: 0, gid: 0, capabilities: null })).toBeNull();
    expect(whyNoSwitch(nobody, { uid: 0, gid: 0, capabilities: all & ~(1n << 7n) & ~1n })).toBe(
      'Backstay runs as root without CAP_CHOWN, CAP_SETUID',
    );
  });

  it('is of nobody else, who would keep it after the switch', () => {
    expect(whyNoSwitch(nobody, { uid: 1000, gid: 1000, capabilities: all })).toMatch(/user 1000, and only root/);
  });

  it('is for no number that a process cannot have', () => {
    const root = { uid: 0, gid: 0, capabilities: null };
    const numbers: [number, number][] = [
      [4_294_967_295, 1],
      [1, 9_999_999_999],
      [2_147_483_647, 1],
    ];
    const [asUser, asGroup, highest] = numbers.map(([uid, gid]) => whyNoSwitch({ uid, gid }, root));
    expect([asUser, asGroup]).toEqual(Array(2).fill('a user or group has no number above 2147483647 here'));
    expect(highest).toBeNull();
  });

  it('needs nobody who stays who it is', () => {
    expect(whyNoSwitch(nobody, { uid: 65534, gid: 65534, capabilities: 0n })).toBeNull();
  });
});

describe('the user of a profile', () => {
  const passwd = 'root:x:0:0:root:/root:/bin/bash\ndeploy:x:1001:1002::/home/deploy:\nbroken:x:no:1\n';

  it('is found by name or number, with its home and shell', () => {
    const deploy = { name: 'deploy', uid: 1001, gid: 1002, home: '/home/deploy', shell: '/bin/sh' };
    expect([accountIn(passwd, 'deploy'), accountIn(passwd, '1001')]).toEqual([deploy, deploy]);
    expect([accountIn(passwd, 'broken'), accountIn(passwd, 'dep'), accountIn(passwd, '')]).toEqual([null, null, null]);
  });

  it('may be numbers that have no name here', () => {
    expect(accountNamed('54321:54322')).toMatchObject({ uid: 54321, gid: 54322 });
    expect(accountNamed('no-such-user')).toBeNull();
  });
});
