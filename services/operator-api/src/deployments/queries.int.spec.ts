import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { measuredStream, requested, rolledBackByErrorRate, scenarios, success } from '@backstay/projections/testing';
import { jsonOf, startTestApi, type TestApi } from '../api.test-support.ts';

const good = success({ id: 'good' }).events;
const bad = rolledBackByErrorRate({ id: 'bad', second: 1_000 }).events;
const held = scenarios['held by another deployment']({ id: 'held', second: 2_000 }).events;
const rejected = scenarios.rejected({ id: 'rejected', second: 3_000 }).events;
const perDeployment = [
  '',
  '/plan',
  '/document',
  '/steps',
  '/audit-trail',
  '/acceptance-criteria',
  '/measurements',
  '/why',
  '/steps/deploy.1/output',
];

let api: TestApi;
const get = (path: string, headers?: Record<string, string>) => api.get(`/v1/deployments${path}`, headers);

beforeAll(async () => {
  api = await startTestApi();
  await api.record(good, bad, held, rejected, measuredStream([0.001, 0.098, null], 1_010, 'bad'));
});

afterAll(() => api?.close());

describe('one deployment', () => {
  it('is summed up in the shape that scripts rely on', async () => {
    expect(await jsonOf(get('/bad'))).toMatchObject({
      id: 'bad',
      service: 'orders-api',
      version: '1.2.0',
      previousVersion: '1.1.0',
      environment: 'production',
      kind: 'deployment',
      status: 'rolled-back-verified',
      phase: 'rollback',
      streamVersion: bad.length,
      steps: { done: expect.any(Number), total: 5 },
      planDigest: 'sha256:plan',
      reason: 'error rate was 9.8 % (limit 5 % for 5 s, line 142)',
    });
  });

  it('shows what it waits for', async () => {
    expect(await jsonOf(get('/held'))).toMatchObject({
      status: 'held',
      held: { why: 'deployment d9 holds the environment' },
    });
  });

  it('gives the frozen plan with its digest', async () => {
    expect(await jsonOf(get('/good/plan'))).toMatchObject({
      digest: 'sha256:plan',
      plan: { service: 'orders-api', steps: expect.any(Array) },
    });
  });

  it('has no plan before one was made', async () => {
    expect((await get('/rejected/plan')).status).toBe(404);
  });

  it('lays verdicts beside the lines of its document', async () => {
    const { source, verdicts } = await jsonOf(get('/bad/document'));
    expect(source).toBe('# Deployment: orders-api');
    expect(verdicts).toContainEqual(expect.objectContaining({ line: 142, kind: 'limit', verdict: 'breached' }));
  });

  it('lists each step with its attempts', async () => {
    const { steps } = await jsonOf(get('/good/steps'));
    expect(steps).toContainEqual(
      expect.objectContaining({
        id: 'deploy.1',
        status: 'succeeded',
        attempts: [expect.objectContaining({ attempt: 1, host: 'host-1' })],
      }),
    );
  });

  it('computes every criterion with verdict, reason and evidence', async () => {
    const { criteria } = (await jsonOf(get('/good/acceptance-criteria'))) as unknown as {
      criteria: { text: string; verdict: string; evidence: unknown[] }[];
    };
    const verdicts = Object.fromEntries(criteria.map(({ text, verdict }) => [text, verdict]));
    expect(Object.keys(verdicts).length).toBeGreaterThanOrEqual(12);
    expect(verdicts).toMatchObject({
      'All integration tests passed': 'met',
      'Deployment executed successfully': 'met',
      'Smoke tests passed in production': 'met',
    });
    expect(criteria.find(({ text }) => text === 'Deployment executed successfully')?.evidence).toContainEqual({
      eventId: expect.any(String),
      summary: expect.any(String),
    });
  });

  it('lets the rollback of another deployment prove that this procedure can be rolled back', async () => {
    const { criteria } = (await jsonOf(get('/good/acceptance-criteria?asOf=2026-01-06T00:00:00Z'))) as unknown as {
      criteria: { text: string; verdict: string }[];
    };
    expect(criteria.find(({ text }) => text === 'Rollback procedure tested successfully')?.verdict).toBe('met');
  });

  it('says why, newest first, each link with the one that it rests on', async () => {
    const { sentence, chain } = (await jsonOf(get('/bad/why'))) as unknown as {
      sentence: string;
      chain: { eventId: string; because: string | null }[];
    };
    expect(sentence).toContain('rolled back because error rate was 9.8 % (limit 5 % for 5 s, line 142)');
    expect(chain.slice(0, -1).map(({ because }) => because)).toEqual(chain.slice(1).map(({ eventId }) => eventId));
  });

  it('shows what was measured', async () => {
    const { metrics } = (await jsonOf(get('/bad/measurements'))) as unknown as {
      metrics: { metric: string; samples: unknown[] }[];
    };
    expect(metrics.find(({ metric }) => metric === 'error-rate')?.samples).toHaveLength(3);
  });

  it.each(perDeployment)('responds alike for what is absent and for what can be no id: %s', async (path) => {
    for (const id of ['absent', 'd%00', '..%2F..', 'x'.repeat(300)]) {
      const response = await get(`/${id}${path}`);
      expect(response.status).toBe(404);
      expect(response.headers.get('content-type')).toContain('application/problem+json');
    }
  });
});

it('reports a URL that cannot be decoded like every other problem', async () => {
  const response = await get('/%ZZ');
  expect(response.status).toBe(400);
  expect(response.headers.get('content-type')).toContain('application/problem+json');
});

describe('an earlier moment', () => {
  it('is given by a version of the stream', async () => {
    expect(await jsonOf(get('/good?asOf=1'))).toMatchObject({ status: 'planning', streamVersion: 1 });
  });

  it('is given by a time', async () => {
    const { time, version } = good[4]!;
    const summary = await jsonOf(get(`/good?asOf=${encodeURIComponent(time)}`));
    expect(summary['streamVersion']).toBeGreaterThanOrEqual(version);
    expect(summary['streamVersion']).toBeLessThan(good.length);
  });

  it('in the future is now', async () => {
    expect(await jsonOf(get('/good?asOf=2999-01-01T00:00:00Z'))).toMatchObject({ streamVersion: good.length });
  });

  it.each(['0', '100000', '2001-01-01T00:00:00Z'])(
    '%s at which there was no such deployment is absent',
    async (asOf) => {
      expect((await get(`/good?asOf=${asOf}`)).status).toBe(404);
    },
  );

  it.each(['yesterday', '-1', '1.5', '2026-01-05'])('%s is not a moment', async (asOf) => {
    const response = await get(`/good?asOf=${asOf}`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ parameter: 'asOf' }] });
  });

  it.each(perDeployment.filter((path) => !path.endsWith('output')))('can be asked of %s', async (path) => {
    expect((await get(`/good${path}?asOf=${good.length}`)).status).toBe(200);
  });
});

describe('a conditional request', () => {
  it('has no body for whoever has this status already', async () => {
    const etag = (await get('/good')).headers.get('etag') ?? '';
    expect(etag).toMatch(/^"\d+"$/);
    const response = await get('/good', { 'if-none-match': etag });
    expect(response.status).toBe(304);
    expect(await response.text()).toBe('');
    expect((await get('/good', { 'if-none-match': `W/${etag}, "7"` })).status).toBe(304);
    expect((await get('/good', { 'if-none-match': '"1"' })).status).toBe(200);
  });
});

describe('the output of a step', () => {
  const content = `${'line\n'.repeat(9_000)}done\n`;
  const sha256 = createHash('sha256').update(content).digest('hex');

  beforeAll(async () => {
    const output = { tail: content.slice(-100), bytes: content.length, sha256, truncated: false };
    const written = success({ id: 'written', second: 4_000 }, { 'deploy.1': {} }).events;
    const withOutput = written.map((event) =>
      event.type === 'StepSucceeded' && event.data.step === 'deploy.1'
        ? { ...event, data: { ...event.data, output } }
        : event,
    );
    await api.record(withOutput);
  });

  it('is its tail while the rest is not available', async () => {
    const response = await get('/written/steps/deploy.1/output');
    expect(await response.text()).toBe(content.slice(-100));
    expect(response.headers.get('backstay-complete')).toBe('false');
  });

  it('is the whole of it, as plain text', async () => {
    await api.platform.blobs.put(Buffer.from(content), 'known');
    const response = await get('/written/steps/deploy.1/output');
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(response.headers.get('backstay-complete')).toBe('true');
    expect(await response.text()).toBe(content);
  });

  it.each(['deploy.2', 'deploy.99', 'x'])('is absent for %s, which wrote nothing or does not exist', async (step) => {
    expect((await get(`/written/steps/${step}/output`)).status).toBe(404);
  });
});

describe('the audit trail', () => {
  it('lists every event with who, when, why and its hash', async () => {
    const { entries } = (await jsonOf(get('/good/audit-trail'))) as unknown as { entries: object[] };
    expect(entries).toHaveLength(good.length);
    expect(entries[1]).toMatchObject({
      eventId: 'good-e2',
      version: 2,
      position: expect.any(Number),
      cursor: expect.any(String),
      causationId: 'good-e1',
      correlationId: 'good',
      hash: expect.any(String),
      actor: { kind: 'service' },
    });
  });

  it('comes as one JSON value a line', async () => {
    const response = await get('/good/audit-trail', { accept: 'application/x-ndjson' });
    expect(response.headers.get('content-type')).toContain('application/x-ndjson');
    const lines = (await response.text()).trimEnd().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { version: number }).version)).toEqual(
      good.map(({ version }) => version),
    );
  });

  it('comes as CSV that no spreadsheet takes for formulas', async () => {
    const text = await (await get('/good/audit-trail', { accept: 'text/csv' })).text();
    const [header, first] = text.split('\r\n');
    expect(header).toBe('time,version,type,actor,summary,eventId,causationId,correlationId,cursor,hash,data');
    expect(first).toContain('DeploymentRequested');
  });

  it('names in every form who asked as the summary does', async () => {
    const actor = { kind: 'person' as const, name: 'anonymous', claimed: true };
    await api.record(requested({ id: 'claimed', second: 4_000, requestedBy: 'robin', actor }).events);
    expect(await jsonOf(get('/claimed'))).toMatchObject({ requestedBy: 'robin (claimed)' });
    expect(await jsonOf(get('/claimed/audit-trail'))).toMatchObject({ entries: [{ actor, by: 'robin (claimed)' }] });
    const [, row] = (await (await get('/claimed/audit-trail', { accept: 'text/csv' })).text()).split('\r\n');
    expect(row).toContain(',robin (claimed),');
  });

  it('comes in the form that is wanted most', async () => {
    expect(
      (await get('/good/audit-trail', { accept: 'text/csv;q=0.5, application/json' })).headers.get('content-type'),
    ).toContain('application/json');
    expect((await get('/good/audit-trail', { accept: 'application/pdf' })).status).toBe(406);
  });
});

describe('the list of deployments', () => {
  const ids = async (query: string) =>
    ((await jsonOf(get(query))) as unknown as { deployments: { id: string }[] }).deployments.map(({ id }) => id);

  it('has the newest first', async () => {
    expect((await ids('')).filter((id) => !['written', 'claimed'].includes(id))).toEqual([
      'rejected',
      'held',
      'bad',
      'good',
    ]);
  });

  it.each([
    ['status=rolled-back-verified', ['bad']],
    ['service=orders-api&status=held', ['held']],
    ['environment=nowhere', []],
    ['version=1.2.0&status=rejected', []],
    ['since=2026-01-05T09:16:00Z&until=2026-01-05T09:17:00Z', ['bad']],
    ['since=2026-01-05T10:16:00%2B01:00&until=2026-01-05T10:17:00%2B01:00', ['bad']],
  ])('is narrowed by %s', async (query, expected) => {
    expect(await ids(`?${query}`)).toEqual(expected);
  });

  it('is paged by opaque cursors, each page with a link to the next', async () => {
    const seen: string[] = [];
    let path: string | undefined = '/v1/deployments?limit=2&service=orders-api';
    while (path !== undefined) {
      const response = await api.get(path);
      const page = (await response.json()) as { deployments: { id: string }[]; next: string | null };
      seen.push(...page.deployments.map(({ id }) => id));
      path = /^<(.*)>; rel="next"$/.exec(response.headers.get('link') ?? '')?.[1];
      expect(path === undefined).toBe(page.next === null);
    }
    expect(seen).toEqual(await ids('?service=orders-api'));
  });

  it.each(['limit=0', 'limit=201', 'limit=x', 'since=monday', 'cursor=%00', 'cursor=nonsense'])(
    'refuses %s',
    async (query) => {
      const response = await get(`?${query}`);
      expect(response.status).toBe(400);
      expect(response.headers.get('content-type')).toContain('application/problem+json');
    },
  );
});
