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

const flow = (number: number): SmokeTest => ({
  number,
  title: `Flow ${number}`,
  request: { method: 'GET', path: `/flows/${number}` },
  expect: [],
  captures: {},
  timeoutMs: 1_000,
  onFailure: 'rollback',
  source: { line: 60 + number },
});

type Replies = (path: string) => Promise<HttpResponse>;

function checksOf(healthChecks: readonly (typeof health)[], smokeTests: readonly SmokeTest[], replies: Replies) {
  const plan = planOf(
    { everyMs: 100 },
    { baseUrl: 'http://app', healthChecks: [...healthChecks], smokeTests: [...smokeTests] },
  );
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

describe('checks that a watch repeats', () => {
  it('count the requests of each health check, as the service counts them', async () => {
    const checks = checksOf([health, elsewhere, another, database], [], async () => ok);
    const first = await checks.repeat(0);
    await settled(checks);
    const results = [...first, ...(await checks.repeat(100))];
    const requestsOf = (title: string) => results.find((result) => result.title === title)?.observed.requests;
    expect([health, elsewhere, another, database].map(({ title }) => requestsOf(title))).toEqual([1, 0, 0, 0]);
    expect(results.find(({ title }) => title === 'Another')?.passed).toBe(true);
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
