import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReleaseRef } from '@backstay/deployment';
import type { Plan, Step } from '@backstay/document';
import { stopService } from '@backstay/deployers';
import { planOf, recordOf, run, step, world } from './execution.test-support.ts';

const server = `
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
const built = readFileSync(new URL('built', import.meta.url), 'utf8').trim();
createServer((request, response) => response.end(JSON.stringify({ built, level: process.env.LOG_LEVEL }))).listen(Number(process.env.PORT), '127.0.0.1');
`;
const report = '<testsuite tests="2" failures="0" errors="0"><testcase name="a"/><testcase name="b"/></testsuite>';

const freePort = () =>
  new Promise<number>((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });

const here = world();
let repository: string;
let root: string;
let baseUrl: string;
let port: number;

const git = (...args: string[]) =>
  execFileSync('git', ['-C', repository, '-c', 'user.name=Author', '-c', 'user.email=author@example.org', ...args], {
    encoding: 'utf8',
  }).trim();
const commit = (file: string, text: string) => {
  writeFileSync(join(repository, file), text);
  git('add', '.');
  git('commit', '--quiet', '-m', `change ${file}`);
  return git('rev-parse', 'HEAD');
};

beforeAll(async () => {
  port = await freePort();
  baseUrl = `http://127.0.0.1:${port}`;
  root = join(here.dataDir, 'srv');
  repository = join(here.dataDir, 'repository');
  mkdirSync(root);
  mkdirSync(join(repository, 'reports'), { recursive: true });
  execFileSync('git', ['init', '--quiet', '-b', 'main', repository]);
  writeFileSync(join(repository, 'reports', 'junit.xml'), report);
  commit('server.mjs', server);
});
afterAll(async () => {
  if (root !== undefined) await stopService({ root, token: Number.MAX_SAFE_INTEGER });
});

const delivery = (): Plan['delivery'] => ({
  deployer: 'release',
  hosts: ['local'],
  root,
  start: { text: 'node server.mjs', argv: [process.execPath, 'server.mjs'] },
  ready: { method: 'GET', path: '/health' },
  keepReleases: 1,
});
const deploy = (id: string, part: 'place' | 'configure' | 'activate'): Step =>
  step(id, { kind: 'deploy', deployer: 'release', parts: [part] });
const environmentVariables = (): Plan['environmentVariables'] => [
  { name: 'LOG_LEVEL', from: 'value', value: 'info', source: { line: 5 } },
  { name: 'PORT', from: 'value', value: String(port), source: { line: 6 } },
];

let claimed = 100;
const logEvidence = (file: string) => ({
  reader: 'log' as const,
  files: [join(root, file)],
  patterns: ['PANIC'],
  allow: [],
});

const logFiles = ['releases/*/app.log', 'current/app.log', 'logs/*.log'];

const planFor = (version: string, sha: string, logs: readonly string[] = []) =>
  planOf(
    [
      step('pre.1', { kind: 'evidence', evidence: { reader: 'junit', glob: 'reports/junit.xml' } }),
      step('deploy.1', { kind: 'checkout', repository, ref: 'main', into: 'source' }),
      run('deploy.2', 'echo "$VERSION" > built; echo "$VERSION begins" > app.log'),
      deploy('deploy.3', 'place'),
      deploy('deploy.4', 'configure'),
      deploy('deploy.5', 'activate'),
      ...logs.map((file, index) => step(`deploy.${6 + index}`, { kind: 'evidence', evidence: logEvidence(file) })),
    ],
    {
      version,
      repository,
      ref: 'main',
      commit: sha,
      baseUrl,
      delivery: delivery(),
      environmentVariables: environmentVariables(),
    },
  );

describe('a release', () => {
  it('is built from the exact commit, put beside the old one, configured and served', async () => {
    const sha = git('rev-parse', 'HEAD');
    const id = await here.planned(planFor('1.0.0', sha));
    await here.start();
    const state = await here.until(id, ({ status }) => status === 'verifying');
    expect(await (await fetch(baseUrl)).json()).toEqual({ built: '1.0.0', level: 'info' });
    const release = `1.0.0-${sha.slice(0, 12)}`;
    expect(recordOf(state, 'pre.1')?.result).toMatchObject({ evidence: { verdict: 'pass', attested: false } });
    expect(recordOf(state, 'deploy.1')?.result).toMatchObject({ commit: sha, into: 'source' });
    expect(recordOf(state, 'deploy.4')?.result).toMatchObject({ release, configured: true });
    expect(recordOf(state, 'deploy.5')?.result).toMatchObject({ release, restarted: true });
  });

  it('of a later deployment takes its place, whose rollback is kept', async () => {
    const before = git('rev-parse', 'HEAD');
    const sha = commit('changes.md', 'two');
    const running = {
      version: '1.0.0',
      commit: before,
      release: `1.0.0-${before.slice(0, 12)}`,
      deployment: 'earlier',
    };
    const id = await here.planned(planFor('2.0.0', sha), { claim: { version: 2, running, verifiedGood: running } });
    await here.start();
    const state = await here.until(id, ({ status }) => status === 'verifying');
    expect(await (await fetch(baseUrl)).json()).toEqual({ built: '2.0.0', level: 'info' });
    expect(recordOf(state, 'deploy.5')?.result).toMatchObject({ pruned: [] });
    expect(readFileSync(join(root, 'releases', running.release, 'built'), 'utf8')).toBe('1.0.0\n');
    expect((await here.events(id)).find(({ type }) => type === 'RollbackPointCaptured')?.data).toMatchObject({
      target: running,
      configurationDigest: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  it('is deployed again and again while old ones go, wherever its logs are', async () => {
    const releases: string[] = [];
    let running: ReleaseRef | null = null;
    for (const number of [1, 2, 3, 4]) {
      const sha = commit('changes.md', `with logs ${number}`);
      const version = `1.${number}.0`;
      const claim = { version: (claimed += 1), running, verifiedGood: running };
      const id = await here.planned(planFor(version, sha, logFiles), { claim });
      await here.start();
      const state = await here.until(id, ({ status }) => !['planning', 'executing'].includes(status));
      const verdicts = logFiles.map((file, index) => {
        const evidence = recordOf(state, `deploy.${6 + index}`)?.result['evidence'];
        return [file, (evidence as { verdict?: string } | undefined)?.verdict];
      });
      expect([version, state.status, verdicts]).toEqual([version, 'verifying', logFiles.map((file) => [file, 'pass'])]);
      await here.stopAll();
      const release = `${version}-${sha.slice(0, 12)}`;
      running = { version, commit: sha, release, deployment: id };
      releases.push(release);
    }
    const left = readdirSync(join(root, 'releases')).filter((name) => releases.includes(name));
    expect(left).toEqual(releases.slice(-2));
  });

  it('that ran before must be where it was recorded', async () => {
    const running = { version: '0.9.0', commit: null, release: '0.9.0-000000000000', deployment: 'earlier' };
    const id = await here.claimed(planFor('3.0.0', git('rev-parse', 'HEAD')), {
      claim: { running, verifiedGood: running },
    });
    await here.start();
    const state = await here.until(
      id,
      (present) => present.status === 'planning' && present.reports.execution !== undefined,
    );
    const blocking = state.status === 'planning' ? (state.reports.execution ?? []).filter(({ ok }) => !ok) : [];
    expect(blocking.map(({ code, message }) => `${code}: ${message}`)).toContainEqual(
      `rollback-target: the release 0.9.0-000000000000 is not below ${root} any more`,
    );
  });
});
