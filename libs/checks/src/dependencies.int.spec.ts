import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Dependency, HealthCheck } from '@backstay/document';
import { stopTestParts, testDatabase, testRedis } from '@backstay/local-platform/testing';
import { guardedIo } from '@backstay/guarded-io';
import { localServer, type LocalServer } from '@backstay/guarded-io/testing';
import { probeDependencies } from './probe-dependencies.ts';
import { runHealthChecks } from './run-health-checks.ts';

let server: LocalServer;
const urls: Record<string, string> = {};
beforeAll(async () => {
  urls.DATABASE_URL = (await testDatabase()).url;
  urls.REDIS_URL = (await testRedis()).url;
  urls.WRONG_DATABASE = urls.DATABASE_URL.replace(/\/[^/]*$/, '/no_such_database');
  urls.CLOSED = 'postgres://app:hunter22@127.0.0.1:1/orders';
  urls.CLOSED_CACHE = 'redis://:hunter22@127.0.0.1:1';
  urls.MALFORMED = 'postgres://app:hunter22@[broken';
  server = await localServer({
    'GET /health': () => ({ status: 'ok' }),
    'GET /version': () => ({ version: 'v2.4.0' }),
    'GET /moved': (_request, response) => void response.writeHead(301).end(),
    'GET /broken': (_request, response) => void response.writeHead(503).end(),
    'GET /silent': () => undefined,
  });
});
afterAll(async () => {
  await server?.close();
  await stopTestParts();
});

const ioOf = (allow: string[]) => guardedIo({ allow, environmentVariables: [] });
const io = ioOf(['127.0.0.1:*']);
const variables = (name: string) => urls[name];
const base = { origin: 'document', source: { line: 7 } } as const;
const get = (path: string) => ({ method: 'GET', path });

describe('runHealthChecks', () => {
  const run = (check: HealthCheck['check'], options = {}) =>
    runHealthChecks([{ title: 'Check', check, ...base }], {
      baseUrl: server.url,
      ...io,
      variables,
      expectedVersion: '2.4.0',
      timeoutMs: 3_000,
      ...options,
    }).then(([result]) => result!);

  it('asks a real PostgreSQL and a real Redis', async () => {
    expect(await run({ kind: 'database', url: '${DATABASE_URL}' })).toMatchObject({
      passed: true,
      observed: expect.stringMatching(/^PostgreSQL \d+\.\d+/),
    });
    expect(await run({ kind: 'cache', url: '${REDIS_URL}' })).toMatchObject({
      passed: true,
      observed: expect.stringMatching(/^Redis \d+\.\d+\.\d+/),
    });
  });

  it.each([
    ['WRONG_DATABASE', 'the database does not exist'],
    ['CLOSED', 'connection refused'],
    ['MALFORMED', 'the connection string is not a URL'],
    ['NOWHERE', 'nothing provides ${NOWHERE}'],
  ])('says why the database at %s is not reached, without its URL', async (name, reason) => {
    const result = await run({ kind: 'database', url: `\${${name}}` });
    expect(result).toEqual({ title: 'Check', passed: false, observed: 'no reply', reason });
  });

  it('says why the cache is not reached, without its URL', async () => {
    const result = await run({ kind: 'cache', url: '${CLOSED_CACHE}' });
    expect(result).toEqual({ title: 'Check', passed: false, observed: 'no reply', reason: 'connection refused' });
  });

  it('asks a database and a cache that the document writes itself only where they are listed', async () => {
    const { host, hostname } = new URL(urls.DATABASE_URL!);
    const check = { kind: 'database', url: urls.DATABASE_URL! } as const;
    expect(await run(check, { server: ioOf([host]).server })).toMatchObject({ passed: true });
    expect(await run(check, { server: ioOf([`${hostname}:1`]).server })).toEqual({
      title: 'Check',
      passed: false,
      observed: 'no reply',
      reason: `${host} is not in the profile's \`allow\``,
    });
    const cache = new URL(urls.REDIS_URL!).host;
    expect(await run({ kind: 'cache', url: urls.REDIS_URL! }, { server: ioOf([]).server })).toMatchObject({
      passed: false,
      reason: `${cache} is not in the profile's \`allow\``,
    });
    expect(await run({ kind: 'database', url: '${DATABASE_URL}' }, { server: ioOf([]).server })).toMatchObject({
      passed: true,
    });
  });

  it('gives up on a server that accepts and does not respond', async () => {
    const address = server.url.replace('http://', '');
    const options = { timeoutMs: 200 };
    expect((await run({ kind: 'database', url: `postgres://${address}/x` }, options)).passed).toBe(false);
    expect((await run({ kind: 'cache', url: `redis://${address}` }, options)).passed).toBe(false);
    expect(await run({ kind: 'request', request: get('/silent') }, options)).toMatchObject({
      passed: false,
      reason: expect.stringContaining('200 ms'),
    });
  });

  it('asks HTTP', async () => {
    expect(await run({ kind: 'request', request: get('/health') })).toMatchObject({ passed: true });
    expect(await run({ kind: 'request', request: get('/moved') })).toMatchObject({ passed: false });
    expect(await run({ kind: 'url', url: `${server.url}/moved` })).toMatchObject({ passed: true });
    expect(await run({ kind: 'url', url: `${server.url}/broken` })).toMatchObject({
      passed: false,
      reason: 'responded with 503',
    });
  });

  it('proves the served version', async () => {
    const check: HealthCheck['check'] = { kind: 'version', request: get('/version'), jsonPath: '$.version' };
    expect(await run(check)).toEqual({ title: 'Check', passed: true, observed: 'serves v2.4.0', served: 'v2.4.0' });
    expect(await run(check, { expectedVersion: '2.5.0' })).toMatchObject({
      passed: false,
      reason: 'serves v2.4.0, not 2.5.0',
      served: 'v2.4.0',
    });
    expect(await run({ ...check, jsonPath: '$.none' })).toMatchObject({ passed: false, observed: 'no version' });
  });
});

describe('probeDependencies', () => {
  const probe = (checks: Dependency['check'][], allow = ['127.0.0.1:*']) =>
    probeDependencies(
      checks.map((check, index) => ({ title: `Dependency ${index + 1}`, check, ...base })),
      {
        ...ioOf(allow),
        fetch: io.fetch,
        variables,
        timeoutMs: 3_000,
        runCommand: async ({ argv }) => ({ exitCode: argv[0] === 'true' ? 0 : 3 }),
        runningVersion: async (service) => (service === 'payments-api' ? '1.8.2' : null),
      },
    );

  it('passes what is there in the version that is needed', async () => {
    const results = await probe([
      { kind: 'postgresql', minimum: '12', url: '${DATABASE_URL}' },
      { kind: 'redis', minimum: '6', url: '${REDIS_URL}' },
      { kind: 'url', url: `${server.url}/health` },
      { kind: 'service', service: 'payments-api', range: '>=1.8.0' },
      { kind: 'command', command: { text: 'true', argv: ['true'] } },
    ]);
    expect(results.map(({ passed }) => passed)).toEqual([true, true, true, true, true]);
    expect(results[0]).toMatchObject({ title: 'Dependency 1', line: 7 });
  });

  it('probes what is written in the document only where it is listed, and what its operator provides', async () => {
    const results = await probe(
      [
        { kind: 'postgresql', minimum: '12', url: urls.DATABASE_URL! },
        { kind: 'redis', minimum: '6', url: urls.REDIS_URL! },
        { kind: 'postgresql', minimum: '12', url: '${DATABASE_URL}' },
      ],
      [],
    );
    expect(results.map(({ passed }) => passed)).toEqual([false, false, true]);
    expect(results[0]!.reason).toBe(`${new URL(urls.DATABASE_URL!).host} is not in the profile's \`allow\``);
  });

  it('reports all findings at once, and no value of a connection string', async () => {
    const results = await probe([
      { kind: 'postgresql', minimum: '99', url: '${DATABASE_URL}' },
      { kind: 'postgresql', minimum: '14', url: '${CLOSED}' },
      { kind: 'redis', minimum: '99', url: '${REDIS_URL}' },
      { kind: 'url', url: `${server.url}/broken` },
      { kind: 'service', service: 'payments-api', range: '>=2.0.0' },
      { kind: 'service', service: 'other-api', range: '>=1.0.0' },
      { kind: 'command', command: { text: 'false', argv: ['false'] } },
    ]);
    expect(results.map(({ passed }) => passed)).toEqual(Array(7).fill(false));
    expect(results.map(({ reason }) => reason)).toEqual([
      expect.stringMatching(/^PostgreSQL .* is older than 99$/),
      'connection refused',
      expect.stringMatching(/^Redis .* is older than 99$/),
      'responded with 503',
      'payments-api 1.8.2 runs, >=2.0.0 is needed',
      'other-api >=1.0.0 is needed and does not run here',
      'the probe ended with exit 3',
    ]);
    expect(JSON.stringify(results)).not.toContain('hunter22');
  });
});
