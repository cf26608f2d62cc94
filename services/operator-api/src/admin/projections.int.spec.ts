import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { environmentId } from '@backstay/deployment';
import { cancelled, drafted, requested, rolledBackByErrorRate, success } from '@backstay/projections/testing';
import { eventually } from '@backstay/local-platform/testing';
import { jsonOf, startTestApi, type TestApi } from '../api.test-support.ts';
import { projections } from '../operator.module.ts';

type Result = { readonly fields?: readonly { readonly name: string }[]; readonly rows: readonly unknown[] };

const names = projections.map(({ name }) => name);

describe('the read models', () => {
  let api: TestApi;

  beforeAll(async () => {
    api = await startTestApi();
    await api.record(
      success({ id: 'a' }).events,
      rolledBackByErrorRate({ id: 'b', second: 100 }).events,
      cancelled({ id: 'c', second: 200 }).events,
      drafted({ id: 'open', second: 50 }).events,
    );
    const handler = api.platform.environments;
    const stream = environmentId('orders-api', 'production');
    const metadata = {
      commandId: 'claim',
      time: '2026-01-05T09:00:00.000Z',
      actor: { kind: 'system' as const, name: 'test' },
      correlation: stream,
      causation: null,
    };
    await handler.handle(stream, { type: 'ClaimEnvironment', deployment: 'a', at: metadata.time }, metadata);
    await caughtUp();
  });

  afterAll(() => api?.close());

  async function caughtUp(): Promise<void> {
    const { store, views } = api.platform;
    await eventually(async () => {
      const all = await store.readAll(null, 1_000);
      const checkpoints = await Promise.all(names.map((name) => views.checkpoint(name)));
      const isVisible = all.some(({ type }) => type === 'EnvironmentClaimed');
      return isVisible && checkpoints.every((each) => each === all.at(-1)?.cursor);
    }, 'every projection has read what was recorded');
  }

  const content = async () => {
    const { views } = api.platform;
    const pages = await Promise.all(names.map((name) => views.list(name, { limit: 1_000, order: 'asc' })));
    return pages.map(({ rows }) => rows.map(({ key, body }) => ({ key, body })));
  };

  const served = async () => [
    await jsonOf(api.get('/v1/deployments')),
    await jsonOf(api.get('/v1/environments')),
    await jsonOf(api.get('/v1/deployments/a/acceptance-criteria?asOf=2026-01-06T00:00:00Z')),
  ];

  it('hold something to compare', async () => {
    expect((await content()).every((rows) => rows.length > 0)).toBe(true);
  });

  it('dropped while they are served, come back with equal content', async () => {
    const before = [await content(), await served()];
    for (const name of names) await api.platform.views.drop(name);
    const during = await Promise.all(Array.from({ length: 5 }, () => api.get('/v1/deployments')));
    expect(during.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect((await api.get('/v1/deployments/a')).status).toBe(200);
    await caughtUp();
    expect([await content(), await served()]).toEqual(before);
  });

  it.each(names)('%s is built anew on demand, with equal content, while it is served', async (name) => {
    const before = await content();
    const [rebuilt, ...during] = await Promise.all([
      api.post(`/v1/projections/${name}/rebuild`),
      ...Array.from({ length: 5 }, () => api.get('/v1/deployments')),
    ]);
    expect(await jsonOf(rebuilt)).toMatchObject({ projection: name, cursor: expect.any(String) });
    for (const response of during)
      expect(((await response.json()) as { deployments: unknown[] }).deployments).toHaveLength(4);
    expect(await content()).toEqual(before);
  });

  it('of another name cannot be built', async () => {
    const response = await api.post('/v1/projections/nothing/rebuild');
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ detail: expect.stringContaining('deployment-summary') });
  });

  it('go on after a rebuild', async () => {
    await api.record(requested({ id: 'd', second: 300 }).events);
    expect(
      ((await jsonOf(api.get('/v1/deployments'))) as unknown as { deployments: { id: string }[] }).deployments[0]?.id,
    ).toBe('d');
  });

  it('are measured without loading an event or a message, however many there are', async () => {
    const { pool, parked } = api.platform;
    await parked.park({ id: 'x:1', subject: 's', headers: {}, bytes: Buffer.alloc(10), reason: 'not JSON' });
    const asked: { text: string; rows: number; columns: string[] }[] = [];
    const original = pool.query.bind(pool) as (...args: unknown[]) => Promise<Result>;
    pool.query = (async (...args: unknown[]) => {
      const result = await original(...args);
      const columns = result.fields?.map(({ name }) => name) ?? [];
      asked.push({ text: JSON.stringify(args[0]), rows: result.rows.length, columns });
      return result;
    }) as typeof pool.query;
    try {
      const text = await (await api.get('/metrics')).text();
      expect(text).toMatch(/backstay_relay_lag_events\{service="operator-api"\} [1-9]/);
      expect(text).toMatch(/backstay_parked_messages\{service="operator-api"\} 1/);
    } finally {
      pool.query = original as typeof pool.query;
    }
    // The read models look for new events meanwhile, and find none.
    const looks = asked.filter(({ text, rows }) => rows > 0 && /backstay\.(events|parked_messages)/.test(text));
    expect(looks.length).toBeGreaterThan(0);
    for (const { text, rows, columns } of looks) {
      expect({ text, rows }).toEqual({ text, rows: 1 });
      expect(columns.filter((name) => ['data', 'id', 'content', 'headers'].includes(name))).toEqual([]);
    }
  });

  it('report how deployments ended and how far they lag, as metrics', async () => {
    const text = await (await api.get('/metrics')).text();
    expect(text).toMatch(/backstay_deployments_total\{outcome="succeeded",service="operator-api"\} 1/);
    expect(text).toMatch(/backstay_deployments_total\{outcome="rolled-back-verified",service="operator-api"\} 1/);
    for (const name of names)
      expect(text).toMatch(
        new RegExp(`backstay_projection_lag_events\\{projection="${name}",service="operator-api"\\} 0`),
      );
    expect(text).toMatch(/backstay_relay_lag_events\{service="operator-api"\} \d+/);
  });
});
