import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '@backstay/local-platform';
import { eventually, stopTestParts, testDatabase, testRedis } from '@backstay/local-platform/testing';
import { execFile } from 'node:child_process';
import { cp, readFile, readlink, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import pg from 'pg';
import { layOutFirstRelease, prepareDatabase } from './first-release.mjs';
import { createRepository, takeOutTheFault, type DemoRepository } from './repository.mjs';
import { startService, type RunningService } from './testing/running-service.ts';
import { nodeModules, temporaryFolders } from './testing/temporary.ts';

import { startTraffic } from './traffic.mjs';

const BUSY_AFTER_READS = 20;
const PAGE_KEY = 'notes-api:1.1.0:page';
const account = { user: 'smoke-test', password: 'a password of the tests' };
const folders = temporaryFolders();
const services: RunningService[] = [];
let repository: DemoRepository;
let databaseUrl: string;

const lay = async (version: string) =>
  layOutFirstRelease({ root: await folders.make(), repository, version, environment: environment() });

const placed = new Map<string, Promise<{ directory: string }>>();

/** The folder of a release, laid out once for all tests that do not look at the layout itself. */
async function releaseFolder(version: string) {
  if (!placed.has(version)) placed.set(version, lay(version));
  return (await placed.get(version)!).directory;
}

/** A folder for a test that changes or counts what is in it. */
async function copyOfRelease(version: string) {
  const folder = await folders.make();
  await cp(await releaseFolder(version), folder, { recursive: true });
  await rm(join(folder, 'logs'), { recursive: true, force: true });
  return folder;
}

const environment = (more: Record<string, string> = {}) => ({
  DATABASE_URL: databaseUrl,
  API_KEY: 'a key of the tests',
  ...more,
});

async function start(directory: string, more?: Record<string, string>) {
  const service = await startService(directory, environment(more));
  services.push(service);
  return service;
}

async function migrate(directory: string, direction: string) {
  const env = { ...process.env, DATABASE_URL: databaseUrl };
  return (
    await promisify(execFile)(process.execPath, ['migrate.mjs', direction], { cwd: directory, env })
  ).stdout.trim();
}

async function rows(sql: string) {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

const columns = async () =>
  (
    await rows(
      "SELECT column_name FROM information_schema.columns WHERE table_name = 'notes' ORDER BY ordinal_position",
    )
  ).map((row) => row.column_name);

async function bearer(service: RunningService) {
  const { token } = (await (await service.logIn(account.user, account.password)).json()) as { token: string };
  return { authorization: `Bearer ${token}` };
}

/** The statuses of that many reads, one after another. */
async function read(service: RunningService, headers: Record<string, string>, times: number) {
  const statuses: number[] = [];
  for (let count = 0; count < times; count += 1) statuses.push((await service.get('/api/data', headers)).status);
  return statuses;
}

beforeAll(async () => {
  databaseUrl = (await testDatabase()).url;
  const path = await folders.make();
  repository = await createRepository({ path, vendorFrom: nodeModules, port: 18080, busyAfterReads: BUSY_AFTER_READS });
  const directory = await releaseFolder('1.2.0');
  await prepareDatabase({ directory, databaseUrl, ...account });
});

afterAll(async () => {
  await Promise.all(services.map((service) => service.stop()));
  await stopTestParts();
  await folders.removeAll();
});

describe('a release that was laid out', () => {
  let placed: Awaited<ReturnType<typeof lay>>;
  beforeAll(async () => {
    placed = await lay('1.0.0');
  });

  it('stands where the deployer would have put it, built from the commit', async () => {
    const { commit } = repository.releases['1.0.0']!;
    expect(placed.name).toBe(`1.0.0-${commit.slice(0, 12)}`);
    expect(await readlink(placed.current)).toBe(join('releases', placed.name));
    expect(JSON.parse(await readFile(join(placed.current, 'build.json'), 'utf8'))).toMatchObject({
      version: '1.0.0',
      commit,
    });
  });

  it('keeps its environment file to its owner', async () => {
    const { environmentFile } = placed;
    expect(await readFile(environmentFile, 'utf8')).toBe(`DATABASE_URL=${databaseUrl}\nAPI_KEY=a key of the tests\n`);
    expect((await stat(environmentFile)).mode & 0o077).toBe(0);
  });
});

describe('notes-api on a real PostgreSQL', () => {
  let service: RunningService;
  beforeAll(async () => {
    service = await start(await releaseFolder('1.1.0'));
  });

  it('says which version and commit it serves', async () => {
    const { commit } = repository.releases['1.1.0']!;
    expect(await (await service.get('/version')).json()).toEqual({ version: '1.1.0', commit });
  });

  it('gives a JWT for the right password only', async () => {
    const granted = await service.logIn(account.user, account.password);
    expect(await granted.json()).toEqual({ token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/) });
    expect((await service.logIn(account.user, 'another')).status).toBe(401);
    expect((await service.logIn('nobody', account.password)).status).toBe(401);
  });

  it('returns the notes to a token, pinned ones first', async () => {
    const page = (await (await service.get('/api/data', await bearer(service))).json()) as {
      count: number;
      items: { pinned: boolean }[];
    };
    expect(page.count).toBe(5);
    expect(page.items[0]).toMatchObject({ title: 'Birthday', pinned: true });
    expect((await service.get('/api/data', { authorization: 'Bearer forged.without.key' })).status).toBe(401);
  });

  it('is healthy without a Redis', async () => {
    expect(await (await service.get('/health')).json()).toEqual({ status: 'ok', database: 'connected', cache: 'none' });
  });

  it.each([
    'http_requests_total{method="GET",route="/version",status="200"}',
    'http_request_duration_seconds_bucket{le="0.5",method="GET",route="/version",status="200"}',
    'process_cpu_seconds_total',
    'process_resident_memory_bytes',
    'pg_pool_connections',
    'queue_depth',
  ])('measures %s', async (series) => {
    const text = await (await service.get('/metrics')).text();
    expect(text.split('\n')).toContainEqual(expect.stringContaining(`${series} `));
  });

  it('writes its log to a file as well', async () => {
    const directory = await copyOfRelease('1.1.0');
    const other = await start(directory);
    expect(await other.stop()).toBe(0);
    const messages = (await readFile(join(directory, 'logs/notes-api.log'), 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).message);
    expect(messages).toEqual(['listening', 'stopping', 'stopped']);
  });
});

describe('notes-api when something is away', () => {
  it('is unhealthy without its database, and says so', async () => {
    const away = `postgres://127.0.0.1:${await freePort()}/notes`;
    const service = await start(await releaseFolder('1.1.0'), { DATABASE_URL: away });
    const response = await service.get('/health');
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ status: 'failing', database: 'away' });
  });

  it('reads from the database while Redis is away', async () => {
    const service = await start(await releaseFolder('1.1.0'), { REDIS_URL: `redis://127.0.0.1:${await freePort()}` });
    expect(await read(service, await bearer(service), 1)).toEqual([200]);
    expect(await (await service.get('/health')).json()).toMatchObject({ status: 'ok', cache: 'away' });
  });

  it('ends at once when a variable is missing, and names it', async () => {
    await expect(start(await releaseFolder('1.1.0'), { API_KEY: '' })).rejects.toThrow(
      'missing in the environment: API_KEY',
    );
  });
});

describe('notes-api with a Redis', () => {
  let redis: Redis;
  let service: RunningService;
  beforeAll(async () => {
    const { url } = await testRedis();
    redis = new Redis(url);
    service = await start(await releaseFolder('1.1.0'), { REDIS_URL: url });
  });
  afterAll(() => redis.disconnect());

  it('keeps the page that it read for two seconds', async () => {
    await redis.del(PAGE_KEY);
    await service.get('/api/data', await bearer(service));
    expect(await redis.ttl(PAGE_KEY)).toBeLessThanOrEqual(2);
    expect(await (await service.get('/health')).json()).toMatchObject({ cache: 'connected' });
  });

  it('responds with the kept page', async () => {
    await redis.set(PAGE_KEY, '{"items":[{"title":"kept"}]}');
    const response = await service.get('/api/data', await bearer(service));
    expect(await response.json()).toEqual({ items: [{ title: 'kept' }], count: 1 });
  });
});

describe('the migrations', () => {
  it('of a release go down and up again, and a second time changes nothing', async () => {
    const directory = await releaseFolder('1.2.0');
    expect(await migrate(directory, 'down')).toBe('down: 1.2.0-pinned-index');
    expect(await migrate(directory, 'down')).toBe('nothing to do');
    expect(await migrate(await releaseFolder('1.1.0'), 'down')).toBe('down: 1.1.0-pinned');
    expect(await columns()).toEqual(['id', 'title', 'body']);
    expect(await migrate(directory, 'up')).toBe('up: 1.1.0-pinned, 1.2.0-pinned-index');
    expect(await migrate(directory, 'up')).toBe('nothing to do');
    expect(await columns()).toEqual(['id', 'title', 'body', 'pinned']);
  });

  it('run by two at once are applied once', async () => {
    const directory = await releaseFolder('1.2.0');
    await migrate(directory, 'down');
    const outputs = await Promise.all([migrate(directory, 'up'), migrate(directory, 'up')]);
    expect(outputs.sort()).toEqual(['nothing to do', 'up: 1.2.0-pinned-index']);
  });
});

describe('1.2.0', () => {
  it('passes its smoke tests, and then fails a busy session one time in ten', async () => {
    const service = await start(await releaseFolder('1.2.0'));
    const busy = await bearer(service);
    const statuses = await read(service, busy, BUSY_AFTER_READS + 100);
    expect(statuses.slice(0, BUSY_AFTER_READS)).not.toContain(500);
    expect(statuses.filter((status) => status === 500)).toHaveLength(10);
    expect(await read(service, await bearer(service), 5)).toEqual([200, 200, 200, 200, 200]);
  });

  it('fails one request in ten of the traffic as well', async () => {
    const service = await start(await releaseFolder('1.2.0'));
    const traffic = startTraffic({ baseUrl: service.baseUrl, ...account, ratePerSecond: 200 });
    await eventually(() => traffic.counters.failed >= 5);
    await traffic.stop();
    const reads = traffic.counters.sent - 1;
    expect(traffic.counters.failed).toBe(Math.floor((reads - BUSY_AFTER_READS) / 10));
  });

  it('with the fault taken out fails nobody', async () => {
    const directory = await copyOfRelease('1.2.0');
    await takeOutTheFault(directory);
    const service = await start(directory);
    expect(new Set(await read(service, await bearer(service), 150))).toEqual(new Set([200]));
  });
});
