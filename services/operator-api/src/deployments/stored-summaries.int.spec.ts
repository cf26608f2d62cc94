import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPlatform, type Platform, type RunningService } from '@backstay/service-kit';
import { summaryOf } from '@backstay/projections';
import { heldForPerson, planned, requested, success, watched } from '@backstay/projections/testing';
import { eventually } from '@backstay/local-platform/testing';
import { jsonOf, startTestApi, type TestApi } from '../api.test-support.ts';
import { startOperatorApiOn } from '../operator-api.ts';

const visible = 'backstay-visible';

let api: TestApi;
const path = (id: string) => `/v1/deployments/${id}`;
const get = (id: string) => jsonOf(api.get(path(id)));
const cancel = (id: string) => api.post(`${path(id)}/cancel`, { reason: 'wrong version' });
const listed = async (id: string) => {
  const { deployments } = (await jsonOf(api.get('/v1/deployments?limit=200'))) as unknown as {
    deployments: Record<string, unknown>[];
  };
  return deployments.find((each) => each['id'] === id);
};

beforeAll(async () => {
  api = await startTestApi();
});

afterAll(() => api?.close());

/** Writes a row as SQL makes it of the stored body. */
async function change(id: string, body: string): Promise<void> {
  await api.platform.pool.query(
    `UPDATE backstay.view_rows SET body = ${body} WHERE projection = 'deployment-summary' AND key = $1`,
    [id],
  );
}

/** Keeps the read models from moving, until what this returns is called. */
async function holdReadModels(): Promise<() => Promise<void>> {
  const client = await api.platform.pool.connect();
  await client.query('BEGIN');
  await client.query('SELECT FROM backstay.view_checkpoints FOR UPDATE');
  return async () => {
    await client.query('COMMIT');
    client.release();
  };
}

describe('the reply about one deployment', () => {
  it('is the stored one, in the shape that its stream gives', async () => {
    const { events } = success({ id: 'stored' });
    await api.record(events);
    expect(await get('stored')).toEqual(JSON.parse(JSON.stringify(summaryOf(events))));
    await change('stored', `jsonb_set(body, '{sentence}', '"as it is stored"')`);
    expect(await get('stored')).toMatchObject({ sentence: 'as it is stored' });
    expect(await listed('stored')).toMatchObject({ sentence: 'as it is stored' });
  });

  it('is folded from the stream where an earlier moment is asked for', async () => {
    expect(await get('stored?asOf=1')).toMatchObject({ status: 'planning', streamVersion: 1 });
    const { sentence } = await get('stored?asOf=2999-01-01T00:00:00Z');
    expect(sentence).toContain('succeeded: version 1.2.0 runs in production');
  });

  it('is folded from the stream where there is no row', async () => {
    const { events } = planned({ id: 'rowless', second: 100 });
    await api.record(events);
    await api.platform.pool.query(`DELETE FROM backstay.view_rows WHERE key = 'rowless'`);
    const response = await api.get(path('rowless'));
    expect(response.headers.get('etag')).toMatch(/^"\d+"$/);
    expect(await jsonOf(response)).toEqual(JSON.parse(JSON.stringify(summaryOf(events))));
  });
});

describe('replies about many deployments at the same time', () => {
  it('are each about the one that was asked for', async () => {
    await api.record(success({ id: 'one', second: 110 }).events, planned({ id: 'two', second: 120 }).events);
    const ids = Array.from({ length: 60 }, (_, index) => ['one', 'two', 'nobody'][index % 3] ?? '');
    const replies = await Promise.all(ids.map((id) => api.get(path(id))));
    expect(replies.map(({ status }) => status)).toEqual(ids.map((id) => (id === 'nobody' ? 404 : 200)));
    const found = await Promise.all(replies.filter(({ ok }) => ok).map((reply) => jsonOf(reply)));
    expect(found.map(({ id }) => id)).toEqual(ids.filter((id) => id !== 'nobody'));
  });
});

describe('a row that an earlier version wrote', () => {
  const scenario = heldForPerson({ id: 'earlier', second: 200 });
  const summary = () => JSON.parse(JSON.stringify(summaryOf(scenario.events))) as Record<string, unknown>;

  beforeAll(async () => {
    await api.record(scenario.events);
    await change('earlier', `body #- '{fold,complete}' #- '{fold,sentence}' #- '{held,ends}'`);
  });

  it('is not taken for the reply: the stream is folded', async () => {
    await change('earlier', `jsonb_set(body, '{reason}', '"as it is stored"')`);
    expect(await get('earlier')).toEqual(summary());
  });

  it('is completed in the list', async () => {
    await change('earlier', `body - 'reason'`);
    expect(await listed('earlier')).toEqual(summary());
  });
});

describe('a command', () => {
  it('responds when queries show what it did', async () => {
    await api.record(planned({ id: 'unwanted', second: 300 }).events);
    const response = await cancel('unwanted');
    expect(response.headers.get(visible)).toBe('true');
    const { status, statusVersion } = await jsonOf(response);
    expect(await get('unwanted')).toMatchObject({ status, statusVersion });
    expect(await listed('unwanted')).toMatchObject({ status, statusVersion });
  });

  it('says so where the read models are behind, and what is not in them yet is found all the same', async () => {
    await api.record(watched({ id: 'behind', second: 400 }).events, requested({ id: 'other', second: 500 }).events);
    const release = await holdReadModels();
    const response = await cancel('behind');
    expect(response.status).toBe(202);
    expect(response.headers.get(visible)).toBe('false');
    expect(await jsonOf(response)).toMatchObject({ status: 'rolling-back' });
    expect(await get('behind')).toMatchObject({ status: 'monitoring' });
    await release();
    await eventually(async () => (await get('behind'))['status'] === 'rolling-back');
  });
});

describe('a replica that does not keep the read models', () => {
  let platform: Platform;
  let replica: RunningService;

  beforeAll(async () => {
    platform = await openPlatform('operator-api', api.platform.settings);
    replica = await startOperatorApiOn(platform);
  });

  afterAll(async () => {
    await replica?.close();
    await platform?.close();
  });

  it('replies to a command when they show what it did', async () => {
    await api.record(planned({ id: 'elsewhere', second: 600 }).events);
    const response = await fetch(`${replica.url}${path('elsewhere')}/cancel`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ reason: 'wrong version' }),
    });
    expect(response.headers.get(visible)).toBe('true');
    expect(await get('elsewhere')).toMatchObject({ status: 'cancelled' });
    expect(await jsonOf(fetch(replica.url + path('elsewhere')))).toMatchObject({ status: 'cancelled' });
  });
});
