import { describe, expect, it } from 'vitest';
import { exampleHealthCheck } from '@backstay/deployment/testing';
import type { FlowOptions } from '@backstay/checks';
import type { SmokeTest } from '@backstay/document';
import type { DeploymentIo } from '@backstay/steps';
import { planOf } from '../plan.test-support.ts';
import { WatchChecks } from './watch-checks.ts';

type HttpResponse = Awaited<ReturnType<FlowOptions['fetch']>>;

const ok: HttpResponse = { status: 200, statusText: 'OK', headers: {}, body: '', latencyMs: 1 };
const health = exampleHealthCheck({ title: 'Health' });
const elsewhere = exampleHealthCheck({ title: 'Elsewhere', check: { kind: 'url', url: '${UNKNOWN}/' } });
const another = exampleHealthCheck({ title: 'Another', check: { kind: 'url', url: 'http://cdn/health' } });
const database = exampleHealthCheck({ title: 'Database', check: { kind: 'database', url: 'postgres://db/app' } });

const flow = (number: number, path = `/flows/${number}`): SmokeTest => ({
  number,
  title: `Flow ${number}`,
  request: { method: 'GET', path },
  expect: [],
  captures: {},
  timeoutMs: 1_000,
  onFailure: 'rollback',
  source: { line: 60 + number },
});

type Replies = (path: string) => Promise<HttpResponse>;

function checksOf(
  healthChecks: readonly (typeof health)[],
  smokeTests: readonly SmokeTest[],
  replies: Replies,
  baseUrl: string | null = 'http://app',
) {
  const plan = planOf({ everyMs: 100 }, { baseUrl, healthChecks: [...healthChecks], smokeTests: [...smokeTests] });
  const plain = (text: string) => text;
  const io = {
    deployment: { plan },
    io: {
      fetch: (url: string) => replies(new URL(url).pathname),
      server: async () => 'postgres://127.0.0.1:1/app',
      explain: String,
    },
    lookup: () => undefined,
    environment: { redactorFor: () => plain, redact: plain, open: [] },
  } as unknown as DeploymentIo;
  return new WatchChecks(io, AbortSignal.timeout(60_000), () => true);
}

const settled = async (checks: WatchChecks) => {
  while (checks.isRunning) await new Promise(setImmediate);
};

const requestsIn = async (checks: WatchChecks) => {
  const first = await checks.repeat(0);
  await settled(checks);
  const results = [...first, ...(await checks.repeat(100))];
  return Object.fromEntries(results.map(({ title, observed }) => [title, observed.requests]));
};

const broken: Replies = async (path) => (path === '/broken' ? { ...ok, status: 500 } : ok);

describe('checks that a watch repeats', () => {
  it('count the requests of each health check, as the service counts them', async () => {
    const checks = checksOf([health, elsewhere, another, database], [], async () => ok);
    expect(await requestsIn(checks)).toEqual({ Health: 1, Elsewhere: 0, Another: 0, Database: 0 });
  });

  it('count the requests of each smoke test: every attempt, and none of another host', async () => {
    const retried: SmokeTest = { ...flow(4, '/broken'), retry: { times: 2, everyMs: 1 } };
    const flows = [flow(1), flow(2, 'http://cdn/flow'), flow(3, 'http://app/whole'), retried];
    expect(await requestsIn(checksOf([], flows, broken))).toEqual({
      'Flow 1': 1,
      'Flow 2': 0,
      'Flow 3': 1,
      'Flow 4': 3,
    });
  });

  it('count the requests of a smoke test that may fail with those of the next one', async () => {
    const flows: SmokeTest[] = [{ ...flow(1, '/broken'), onFailure: 'continue' }, flow(2)];
    expect(await requestsIn(checksOf([], flows, broken))).toEqual({ 'Flow 2': 2 });
  });

  it('count each request where no base URL says which host is the service', async () => {
    const checks = checksOf([another], [flow(1, 'http://cdn/flow')], async () => ok, null);
    expect(await requestsIn(checks)).toEqual({ Another: 1, 'Flow 1': 1 });
  });

  it('are found one by one: a smoke test that hangs keeps back nothing that was asked before it', async () => {
    const hangs = new Promise<HttpResponse>(() => undefined);
    const checks = checksOf([health], [flow(1), flow(2)], (path) =>
      path === '/flows/2' ? hangs : Promise.resolve(ok),
    );
    expect((await checks.repeat(0)).map(({ title, passed }) => [title, passed])).toEqual([
      ['Health', true],
      ['Flow 1', true],
    ]);
    expect(checks.isRunning).toBe(true);
    expect(await checks.repeat(100)).toEqual([]);
  });

  it('repeat smoke tests at once after one failed, and else now and then', async () => {
    let reply = { ...ok, status: 500 };
    const checks = checksOf([health], [flow(1)], async (path) => (path === '/health' ? ok : reply));
    const titles = async (at: number) => (await checks.repeat(at)).map(({ title }) => title);
    expect(await titles(0)).toEqual(['Health', 'Flow 1']);
    reply = ok;
    expect(await titles(100)).toEqual(['Health', 'Flow 1']);
    expect(await titles(200)).toEqual(['Health']);
  });
});
