import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { stopService } from '@backstay/deployers';
import type { Finding } from '@backstay/deployment';
import { planOf, recordOf, run, step, world } from './execution.test-support.ts';

const nobody = 65534;
const here = world();

/** A repository, readable by its owner alone, of one commit with a file. */
function repository(): { repository: string; commit: string } {
  const folder = mkdtempSync(join(here.dataDir, 'repository-'));
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], {
      cwd: folder,
      encoding: 'utf8',
    });
  git('init', '--quiet');
  writeFileSync(join(folder, 'file'), 'one');
  git('add', '.');
  git('commit', '--quiet', '-m', 'one');
  return { repository: folder, commit: git('rev-parse', 'HEAD').trim() };
}

const workspaceOf = (id: string, ...path: string[]) => join(here.dataDir, 'workspaces', id, ...path);
const modeOf = (path: string) => statSync(path).mode & 0o777;
const tailsOf = async (id: string) =>
  (await here.events(id)).flatMap(({ type, data }) =>
    type === 'StepSucceeded' || type === 'StepFailed' ? [(data as { output?: { tail: string } }).output?.tail] : [],
  );

async function performed(plan: ReturnType<typeof planOf>) {
  const id = await here.planned(plan);
  await here.start();
  const state = await here.until(id, ({ status }) => status !== 'executing');
  return { id, state };
}

const failing = async (id: string) =>
  (await here.events(id)).flatMap(({ type, data }) => (type === 'StepFailed' ? [JSON.stringify(data)] : []));

const deliveryTo = (root: string) => ({
  deployer: 'release',
  hosts: ['local'],
  root,
  start: { text: 'node server.mjs', argv: [process.execPath, 'server.mjs'] },
  ready: { method: 'GET' as const, path: '/' },
  keepReleases: 1,
});

describe.skipIf(process.getuid?.() !== 0)('the release of a profile with `runAs`', () => {
  const served = () => join(here.dataDir, 'srv');
  afterAll(() => stopService({ root: served(), token: Number.MAX_SAFE_INTEGER }));
  const freePort = () =>
    new Promise<number>((resolve) => {
      const probe = createServer().listen(0, '127.0.0.1', () => {
        const { port } = probe.address() as AddressInfo;
        probe.close(() => resolve(port));
      });
    });
  const server = `
import { appendFileSync } from 'node:fs';
import { createServer } from 'node:http';
console.log('begins');
appendFileSync('logs/app.log', 'begins\\n');
createServer((_, response) => response.end(String(process.getuid()))).listen(Number(process.env.PORT), '127.0.0.1');`;

  it('serves as that user, writes its log where the document has it, and links nobody to what Backstay alone reads', async () => {
    const root = served();
    const { commit, repository: from } = repository();
    const [port, secret] = [await freePort(), join(root, 'secret.log')];
    const release = join(root, 'releases', `2.0.0-${commit.slice(0, 12)}`);
    mkdirSync(root);
    writeFileSync(secret, 'PANIC\n', { mode: 0o600 });
    const log = (id: string, file: string) =>
      step(id, { kind: 'evidence', evidence: { reader: 'log', files: [file], patterns: ['PANIC'], allow: [] } });
    const { id, state } = await performed(
      planOf(
        [
          run('deploy.1', `cat > server.mjs <<'END'\n${server}\nEND`),
          step('deploy.2', { kind: 'deploy', deployer: 'release', parts: ['place', 'configure', 'activate'] }),
          log('deploy.3', 'logs/app*.log'),
          log('deploy.4', join(root, 'logs', '*.log')),
          run('deploy.5', `ln -s ${secret} ${release}/logs/linked.log`),
          log('deploy.6', 'logs/linked.log'),
        ],
        {
          repository: from,
          commit,
          runAs: 'nobody',
          baseUrl: `http://127.0.0.1:${port}`,
          delivery: deliveryTo(root),
          environmentVariables: [{ name: 'PORT', from: 'value', value: String(port), source: { line: 5 } }],
        },
      ),
    );
    expect(await (await fetch(`http://127.0.0.1:${port}`)).text()).toBe(String(nobody));
    expect(recordOf(state, 'deploy.3')?.result).toMatchObject({ evidence: { verdict: 'pass' } });
    expect(recordOf(state, 'deploy.4')?.result).toMatchObject({ evidence: { verdict: 'pass' } });
    expect((await failing(id)).join()).toContain(`the user of the steps cannot read ${release}/logs/linked.log`);
    expect(recordOf(state, 'deploy.6')?.status).toBe('failed');
  });
});

describe.skipIf(process.getuid?.() !== 0)('steps of a profile with `runAs`', () => {
  it('run as that user in a workspace that is its own, beside which they see nothing', async () => {
    const { commit, repository: from } = repository();
    const look = 'id -u; umask; git log --format=%H -1; echo built > ../built; ls ../.. 2>&1 || echo hidden';
    const { id } = await performed(planOf([run('deploy.1', look)], { repository: from, commit, runAs: 'nobody' }));
    expect(await failing(id)).toEqual([]);
    const [tail] = await tailsOf(id);
    expect(tail).toMatch(new RegExp(`^65534\n0?077\n${commit}\n`));
    expect(tail).toContain('hidden');
    for (const path of [workspaceOf(id), workspaceOf(id, 'source', 'file'), workspaceOf(id, 'built')])
      expect(statSync(path).uid).toBe(nobody);
    expect([here.dataDir, join(here.dataDir, 'workspaces'), workspaceOf(id)].map(modeOf)).toEqual([
      0o711, 0o711, 0o700,
    ]);
    expect(statSync(join(here.dataDir, 'commands')).uid).toBe(0);
  });

  it('see nothing of another deployment, of the mirror of their repository or of records', async () => {
    const { commit, repository: from } = repository();
    mkdirSync(workspaceOf('other'), { recursive: true, mode: 0o700 });
    writeFileSync(workspaceOf('other', 'secret'), 'of another');
    const data = here.dataDir;
    const look = `for f in ${workspaceOf('other', 'secret')} ${data}/repositories/* ${data}/commands/*; do ls $f/. || cat $f || true; done`;
    const { id } = await performed(planOf([run('deploy.1', look)], { repository: from, commit, runAs: 'nobody' }));
    expect(await failing(id)).toEqual([]);
    const [tail] = await tailsOf(id);
    expect(tail).not.toContain('of another');
    expect(tail?.match(/ermission denied/g)?.length).toBe(6);
    const given = execFileSync('find', [join(data, 'repositories'), '-uid', String(nobody)], { encoding: 'utf8' });
    expect(given).toBe('');
  });

  it('check out with the rights of that user, into no folder that is not its own', async () => {
    const { commit, repository: from } = repository();
    const outside = mkdtempSync(join(tmpdir(), 'backstay-outside-'));
    writeFileSync(join(outside, 'kept'), '');
    const checkOut = (id: string, into: string) => step(id, { kind: 'checkout', repository: from, ref: commit, into });
    try {
      const { id, state } = await performed(
        planOf(
          [run('deploy.1', `ln -s ${outside} ../way`), checkOut('deploy.2', 'lib'), checkOut('deploy.3', 'way/kept')],
          {
            runAs: 'nobody',
          },
        ),
      );
      expect(recordOf(state, 'deploy.2')?.status).toBe('succeeded');
      expect(statSync(workspaceOf(id, 'lib', 'file')).uid).toBe(nobody);
      expect(recordOf(state, 'deploy.3')?.status).toBe('failed');
      expect(existsSync(join(outside, 'kept'))).toBe(true);
    } finally {
      rmSync(outside, { recursive: true });
    }
  });

  it('have what their own repository starts for git run as that user', async () => {
    const { commit, repository: from } = repository();
    const lines = [
      String.raw`printf '#!/bin/sh\nid -u >> %s\n' "$PWD/../who" > ../hook`,
      'chmod +x ../hook',
      'git config core.fsmonitor "$PWD/../hook"',
    ];
    const { id } = await performed(
      planOf(
        [
          run('deploy.1', lines.join(' && ')),
          step('deploy.2', { kind: 'checkout', repository: from, ref: commit, into: 'source' }),
        ],
        { repository: from, commit, runAs: 'nobody' },
      ),
    );
    expect(await failing(id)).toEqual([]);
    expect(new Set(readFileSync(workspaceOf(id, 'who'), 'utf8').trim().split('\n'))).toEqual(new Set(['65534']));
  });

  it('act in no folder that has become a link to another', async () => {
    const { id, state } = await performed(
      planOf([run('deploy.1', 'ln -s /root ../way'), run('deploy.2', 'pwd', { directory: 'way' })], {
        runAs: 'nobody',
      }),
    );
    expect(recordOf(state, 'deploy.2')?.status).toBe('failed');
    expect((await failing(id)).join()).toContain('is a link to another folder');
  });

  it('probe, wait and print logs as that user', async () => {
    const command = (text: string) => ({ text, argv: ['sh', '-c', text] });
    const isNobody = command('test "$(id -u)" = 65534');
    const log = { reader: 'log', files: [], patterns: ['root'], allow: [], command: command('id -un; echo "$HOME"') };
    const { id } = await performed(
      planOf(
        [
          run('deploy.1', 'true', { waitUntil: { command: isNobody, withinMs: 60_000 } }),
          step('deploy.2', { kind: 'evidence', evidence: log as never }),
        ],
        { runAs: 'nobody' },
      ),
    );
    expect(await failing(id)).toEqual([]);
  });

  it('leave reports that Backstay reads, but none through a link that leads out of the workspace', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'backstay-outside-'));
    const report = '<testsuite name="a" tests="1"><testcase name="b"/></testsuite>';
    writeFileSync(join(outside, 'junit.xml'), report);
    const read = (id: string, glob: string) => step(id, { kind: 'evidence', evidence: { reader: 'junit', glob } });
    const write = `printf '%s' '${report}' > own.xml && ln -s ${outside}/junit.xml linked.xml`;
    try {
      const { id, state } = await performed(
        planOf([run('deploy.1', write), read('deploy.2', 'own.xml'), read('deploy.3', 'linked.xml')], {
          runAs: 'nobody',
        }),
      );
      expect(statSync(workspaceOf(id, 'source', 'own.xml')).mode & 0o777).toBe(0o600);
      expect(recordOf(state, 'deploy.2')?.status).toBe('succeeded');
      expect(recordOf(state, 'deploy.3')?.status).toBe('failed');
    } finally {
      rmSync(outside, { recursive: true });
    }
  });

  it('without the profile run as ever', async () => {
    const { id } = await performed(planOf([run('deploy.1', 'id -u')]));
    expect(await tailsOf(id)).toEqual(['0\n']);
    expect(statSync(workspaceOf(id)).uid).toBe(0);
  });
});

describe('the preflight of a profile with `runAs`', () => {
  const findingOf = async (
    runAs: string,
    before = (_id: string): void => undefined,
    more: Parameters<typeof planOf>[1] = {},
  ): Promise<Finding | undefined> => {
    const id = await here.claimed(planOf([run('deploy.1', 'true')], { runAs, ...more }));
    before(id);
    const runner = await here.start();
    await here.until(id, (state) => state.status === 'planning' && state.reports.execution !== undefined);
    await runner.stop();
    const report = (await here.events(id)).find(({ type }) => type === 'PreflightReported')?.data;
    return (report as unknown as { findings: Finding[] }).findings.find(({ code }) => code === 'run-as');
  };

  it('refuses a user that this machine does not have', async () => {
    expect(await findingOf('no-such-user')).toMatchObject({
      blocking: true,
      subject: 'no-such-user',
      message: expect.stringContaining('is not a user of this machine; create it, or change `runAs`'),
    });
  });

  it('names the place in the profile, where it still is what was planned with', async () => {
    const { service, environment } = planOf([]);
    const profile = join(here.dataDir, 'environments.yaml');
    writeFileSync(
      profile,
      `# of all\nenvironments:\n  ${environment}:\n    services:\n      ${service}:\n        runAs: no-such-user\n`,
    );
    try {
      const [named, other] = [await findingOf('no-such-user'), await findingOf('nobody-either')];
      expect(named?.message).toContain('or change `runAs` in the environment profile (6:16)');
      expect(other?.message).toMatch(/`runAs` in the environment profile$/);
    } finally {
      rmSync(profile);
    }
  });

  it.skipIf(process.getuid?.() !== 0)('refuses the workspace of a third user, and leaves it as it is', async () => {
    let workspace = '';
    const finding = await findingOf('nobody', (id) => {
      workspace = workspaceOf(id);
      mkdirSync(workspace, { recursive: true, mode: 0o700 });
      chownSync(workspace, 54321, 54321);
    });
    expect(finding).toMatchObject({
      blocking: true,
      subject: 'nobody',
      message: expect.stringContaining('belongs to the user 54321, not to nobody: remove it, or name another one'),
    });
    expect(readdirSync(workspace)).toEqual([]);
    expect(statSync(workspace).uid).toBe(54321);
  });

  it('refuses without the right to switch, with what to do', async () => {
    const { geteuid } = process;
    process.geteuid = () => 1000;
    try {
      expect(await findingOf('54321:54321')).toMatchObject({
        blocking: true,
        message: expect.stringMatching(
          /as the user 1000, and only root can .*start the services .* as root, or remove/,
        ),
      });
    } finally {
      process.geteuid = geteuid;
    }
  });

  it.skipIf(process.getuid?.() !== 0)(
    'refuses a release root that the user cannot reach, or can write in',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'backstay-root-'));
      const findingBelow = (root: string) => findingOf('nobody', undefined, { delivery: deliveryTo(root) });
      try {
        expect(await findingBelow(join(folder, 'closed', 'srv'))).toMatchObject({
          blocking: true,
          subject: 'nobody',
          message: expect.stringMatching(
            /cannot reach the releases below .*closed\/srv: .*; open it \(`chmod o\+x`\), or/,
          ),
        });
        chmodSync(folder, 0o711);
        const root = join(folder, 'srv');
        expect(await findingBelow(root)).toMatchObject({ ok: true });
        mkdirSync(root, { mode: 0o700 });
        expect(await findingBelow(root)).toMatchObject({ ok: true });
        chownSync(root, nobody, nobody);
        expect(await findingBelow(root)).toMatchObject({
          blocking: true,
          message: expect.stringContaining(`can write in ${root}, where it could exchange what is served: make it`),
        });
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  );

  it.skipIf(process.getuid?.() !== 0)('finds a user that can run the steps good', async () => {
    expect(await findingOf('nobody')).toMatchObject({ ok: true, message: 'can run the steps' });
  });

  it.skipIf(process.getuid?.() !== 0)('refuses a data directory that the user cannot reach', async () => {
    const passable = modeOf(here.dataDir);
    const link = `${here.dataDir}/workspaces`;
    const hidden = mkdtempSync(join(tmpdir(), 'backstay-hidden-'));
    mkdirSync(join(hidden, 'workspaces'));
    renameSync(link, `${link}.aside`);
    symlinkSync(join(hidden, 'workspaces'), link);
    try {
      expect(passable).toBe(0o711);
      expect(await findingOf('nobody')).toMatchObject({
        blocking: true,
        message: expect.stringContaining('cannot reach'),
      });
    } finally {
      rmSync(link);
      renameSync(`${link}.aside`, link);
      rmSync(hidden, { recursive: true });
    }
  });
});
