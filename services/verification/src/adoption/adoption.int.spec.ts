import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { environmentId } from '@backstay/deployment';
import type { Plan } from '@backstay/document';
import { activate, configure, place, stopService } from '@backstay/deployers';
import { freePort } from '@backstay/local-platform';
import { stopTestParts } from '@backstay/local-platform/testing';
import { health, planOf } from '../plan.test-support.ts';
import { openStage, type Stage } from '../stage.test-support.ts';

const commit = 'c'.repeat(40);

const server = `
import { createServer } from 'node:http';
createServer((request, response) => response.end(JSON.stringify({ version: process.env.REPORTED_VERSION })))
  .listen(Number(process.env.PORT), '127.0.0.1');
`;

const bindings = 'ready: GET /health\nversion: GET /version $.version\n';

let stage: Stage;
let root: string;
let baseUrl: string;

beforeEach(async () => {
  stage = await openStage();
  root = join(stage.dataDir, 'srv');
  baseUrl = `http://127.0.0.1:${await freePort()}`;
  await mkdir(root);
});
afterEach(async () => {
  await stopService({ root, token: Number.MAX_SAFE_INTEGER });
  await stage.close();
});
afterAll(() => stopTestParts());

async function profile(lines: readonly string[] = []): Promise<void> {
  const entry = ['deployer: release', `root: ${root}`, `baseUrl: ${baseUrl}`, 'allow: ["127.0.0.1:*"]', ...lines];
  const text = [
    'environments:',
    '  staging:',
    '    services:',
    '      orders-api:',
    ...entry.map((line) => `        ${line}`),
  ].join('\n');
  await writeFile(join(stage.dataDir, 'environments.yaml'), `${text}\n`);
}

/** Puts version 1.0.0 in place and starts it, as the deployer would; `version` is what it reports as its own. */
async function run(version = '1.0.0', written: string | null = bindings): Promise<void> {
  const source = join(stage.dataDir, 'source');
  await mkdir(source, { recursive: true });
  await writeFile(join(source, 'server.mjs'), server);
  if (written !== null) await writeFile(join(source, '.backstay.yaml'), written);
  const at = { root, token: 1 };
  const { name } = await place({ ...at, source, version: '1.0.0', commit });
  await configure({
    ...at,
    release: name,
    deployment: 'before',
    environment: { PORT: new URL(baseUrl).port, REPORTED_VERSION: version },
  });
  await activate({
    ...at,
    release: name,
    start: [process.execPath, 'server.mjs'],
    ready: { url: `${baseUrl}/health`, allow: ['127.0.0.1:*'] },
    timeoutMs: 15_000,
  });
}

const refusal = async () => (await stage.inStream(stage.environment, 'AdoptionRefused')).reasons;

describe('adopting what already runs', () => {
  it('records it as verified-good when its process runs, is ready and serves the version', async () => {
    await profile();
    await run();
    await stage.start();
    await stage.adopt('1.0.0');
    const { running, checks } = await stage.inStream(stage.environment, 'EnvironmentAdopted');
    expect(running).toEqual({ version: '1.0.0', commit, release: '1.0.0-cccccccccccc', deployment: null });
    expect(checks.map(({ title, passed }) => [title, passed])).toEqual([
      ['Service process', true],
      ['Application health', true],
      ['Version', true],
    ]);
  });

  it('is refused when another version is served', async () => {
    await profile();
    await run('0.9.0');
    await stage.start();
    await stage.adopt('1.0.0');
    expect(await refusal()).toEqual(['Version: serves 0.9.0, not 1.0.0']);
  });

  it('is refused when another version is the current release, or its process is gone', async () => {
    await profile();
    await run();
    await stopService({ root, token: 2 });
    await stage.start();
    await stage.adopt('2.0.0');
    expect(await refusal()).toEqual([
      'the current release is 1.0.0, not 2.0.0',
      'Service process: the service is stopped',
      expect.stringMatching(/^Application health: .*connection refused$/),
      expect.stringMatching(/^Version: .*connection refused$/),
    ]);
  });

  it('is refused without a profile, a release or bindings, saying which is missing', async () => {
    await stage.start();
    const reasonsFor = async (version: string) => {
      await stage.adopt(version);
      return (await stage.inStream(stage.environment, 'AdoptionRefused', (data) => data.version === version))
        .reasons[0];
    };
    expect(await reasonsFor('1')).toMatch(/^the environment profile .*environments\.yaml cannot be read$/);
    await profile(['hosts: [deploy@example.org]']);
    expect(await reasonsFor('2')).toBe(
      'hosts other than `local` are not supported in this version: deploy@example.org',
    );
    await profile();
    expect(await reasonsFor('3')).toBe(`nothing was ever activated below ${root}`);
    await run('1.0.0', null);
    expect(await reasonsFor('4')).toBe('the release 1.0.0-cccccccccccc has no .backstay.yaml');
  });
});

describe('adopting what commands of a document left', () => {
  const asksVersion = health('Version', {
    kind: 'version',
    request: { method: 'GET', path: '/version' },
    jsonPath: '$.version',
  });
  let service: Server;
  beforeEach(async () => {
    service = createServer((_, response) => response.end('{"version":"2.2.0"}'));
    await new Promise<void>((resolve) => service.listen(Number(new URL(baseUrl).port), '127.0.0.1', resolve));
    await writeFile(
      join(stage.dataDir, 'environments.yaml'),
      `environments: { staging: { services: { orders-api: { baseUrl: '${baseUrl}', allow: ['127.0.0.1:*'] } } } }\n`,
    );
  });
  afterEach(() => void service.close());

  /** A deployment after which nobody knows what runs. */
  async function left(id: string, healthChecks: Plan['healthChecks']): Promise<void> {
    await stage.preflight(id, planOf({ version: '2.2.0', commit, baseUrl, healthChecks }));
    const place = environmentId('orders-api', 'staging');
    const at = stage.platform.now();
    await stage.sendToEnvironment(place, { type: 'ClaimEnvironment', deployment: id, at });
    await stage.sendToEnvironment(place, {
      type: 'SettleEnvironment',
      deployment: id,
      outcome: 'rolled-back-unverified',
      running: null,
      isRunningUnknown: true,
      verifiedGood: null,
      quarantined: null,
      at,
    });
  }

  it('asks as its last deployment asks, and records the version that is served', async () => {
    await left('half-way', [asksVersion]);
    await stage.start();
    await stage.adopt('2.2.0');
    const { running, checks } = await stage.inStream(stage.environment, 'EnvironmentAdopted');
    expect(running).toEqual({ version: '2.2.0', commit, release: null, deployment: null });
    expect(checks).toMatchObject([{ title: 'Version', passed: true, served: '2.2.0' }]);
  });

  it('is refused for another version than the one that is served', async () => {
    await left('half-way', [asksVersion]);
    await stage.start();
    await stage.adopt('2.1.0');
    expect(await refusal()).toEqual(['Version: serves 2.2.0, not 2.1.0']);
  });

  it('is refused where nothing says which version is served, or no deployment is known', async () => {
    await stage.start();
    await stage.adopt('2.2.0');
    expect((await refusal())[0]).toContain('the profile names no deployer, and no deployment here says how');
    await left('mute', [health('Up', { kind: 'request', request: { method: 'GET', path: '/version' } })]);
    await stage.adopt('2.2.1');
    const { reasons } = await stage.inStream(
      stage.environment,
      'AdoptionRefused',
      ({ version }) => version === '2.2.1',
    );
    expect(reasons).toEqual([expect.stringContaining('the document of deployment mute asks for no version')]);
  });
});
