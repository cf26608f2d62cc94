import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { environmentId, environmentStream, type EnvironmentCommand } from '@backstay/deployment';
import { drafted, examplePlan, rolledBackByStep, secondsIn } from '@backstay/projections/testing';
import { eventually } from '@backstay/local-platform/testing';
import { jsonOf, startTestApi, type TestApi } from '../api.test-support.ts';

const path = '/v1/services/orders-api/environments/production';
const at = secondsIn(0);
let api: TestApi;

beforeAll(async () => {
  api = await startTestApi();
  await api.record(drafted({ id: 'd1' }).events);
});

afterAll(() => api?.close());

async function happens(...commands: readonly EnvironmentCommand[]): Promise<void> {
  const handler = api.platform.environments;
  const stream = environmentId('orders-api', 'production');
  for (const command of commands) {
    const metadata = {
      commandId: api.platform.ids(),
      time: at,
      actor: { kind: 'system' as const, name: 'test' },
      correlation: stream,
      causation: null,
    };
    await handler.handle(stream, command, metadata);
  }
}

describe('an environment', () => {
  it('of which nothing is known is absent', async () => {
    for (const unknown of [
      '/v1/services/nothing/environments/production',
      '/v1/services/orders-api/environments/a.b',
      '/v1/services/%00/environments/x',
    ]) {
      expect((await api.get(unknown)).status).toBe(404);
    }
  });

  it('shows who holds it as soon as it is claimed', async () => {
    await happens({ type: 'ClaimEnvironment', deployment: 'd1', at });
    expect(await jsonOf(api.get(path))).toMatchObject({
      service: 'orders-api',
      environment: 'production',
      holder: 'd1',
      running: null,
      deployments: [{ deployment: 'd1', outcome: null }],
    });
  });

  it('cannot be adopted while it is held', async () => {
    const response = await api.post(`${path}/adopt`, { version: '1.0.0' });
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({ code: 'environment-held', details: { holder: 'd1' } });
  });

  it('shows what runs and what is known to be good, with the version of each deployment', async () => {
    const running = { version: '1.2.0', commit: null, release: null, deployment: 'd1' };
    await happens({
      type: 'SettleEnvironment',
      deployment: 'd1',
      outcome: 'succeeded',
      running,
      verifiedGood: running,
      quarantined: null,
      at,
    });
    await eventually(async () => JSON.stringify(await jsonOf(api.get('/v1/environments'))).includes('"succeeded"'));
    expect(await jsonOf(api.get(path))).toMatchObject({
      holder: null,
      running: { version: '1.2.0' },
      verifiedGood: { version: '1.2.0' },
      deployments: [{ deployment: 'd1', version: '1.2.0', outcome: 'succeeded' }],
    });
  });

  it('stands in the list of all of them', async () => {
    const { environments } = await jsonOf(api.get('/v1/environments'));
    expect(environments).toMatchObject([
      { service: 'orders-api', environment: 'production', running: { version: '1.2.0' } },
    ]);
  });
});

describe('an environment that a deployment left half way', () => {
  const left = rolledBackByStep({ id: 'half', second: 100 });

  it('shows that it is not known what runs, and which deployment left it so', async () => {
    await api.record(left.events);
    const running = { version: '1.2.0', commit: null, release: null, deployment: 'd1' };
    await happens(
      { type: 'ClaimEnvironment', deployment: 'half', at },
      {
        type: 'SettleEnvironment',
        deployment: 'half',
        outcome: 'rollback-failed',
        running,
        verifiedGood: running,
        quarantined: null,
        changed: true,
        at,
      },
    );
    await eventually(async () => JSON.stringify(await jsonOf(api.get('/v1/environments'))).includes('rollback-failed'));
    const expected = {
      uncertain: 'half',
      unknown: { deployment: 'half', outcome: 'rollback-failed', recorded: '1.2.0', why: expect.any(String) },
      sentence: expect.stringContaining('it is not known what runs: deployment half'),
    };
    expect(await jsonOf(api.get(path))).toMatchObject(expected);
    expect(await jsonOf(api.get('/v1/environments'))).toMatchObject({ environments: [expected] });
  });

  it('stands on the page of all environments, as text', async () => {
    const text = await (await api.get('/environments')).text();
    expect(text).toContain('not known');
    expect(text).toContain('it is not known what runs: deployment half');
    expect(text).toContain('href="/d/half"');
  });
});

describe('an adoption', () => {
  it('is asked for, and shown as pending where its outcome will be', async () => {
    const response = await api.post(`${path}/adopt`, { version: '1.3.0', reason: 'put there manually' });
    expect(response.status).toBe(202);
    expect(response.headers.get('location')).toBe(path);
    expect(await response.json()).toMatchObject({
      adoption: { pending: { version: '1.3.0', by: 'anonymous', reason: 'put there manually' } },
    });
    expect(await jsonOf(api.get(path))).toMatchObject({ adoption: { pending: { version: '1.3.0' }, refused: null } });
  });

  it('that is refused says why', async () => {
    await happens({
      type: 'CompleteAdoption',
      version: '1.3.0',
      running: null,
      checks: [],
      reasons: ['nothing responds'],
      at,
    });
    expect(await jsonOf(api.get(path))).toMatchObject({
      adoption: { pending: null, refused: { version: '1.3.0', reasons: expect.arrayContaining(['nothing responds']) } },
    });
  });

  it.each([{}, { version: '' }, { version: '1', reason: '' }, { version: '1', by: 'me' }])(
    'has to be complete: %j',
    async (body) => {
      expect((await api.post(`${path}/adopt`, body)).status).toBe(422);
    },
  );

  it('of a service that cannot be one is absent', async () => {
    expect((await api.post('/v1/services/orders-api/environments/a.b/adopt', { version: '1' })).status).toBe(404);
  });
});

describe('a quarantine', () => {
  const lift = (body: object) => api.post(`${path}/quarantine/lift`, body);
  const lifted = async () =>
    (await api.platform.store.read(environmentStream('orders-api', 'production'))).filter(
      ({ type }) => type === 'QuarantineLifted',
    );

  beforeAll(() =>
    happens(
      { type: 'ClaimEnvironment', deployment: 'bad', at },
      {
        type: 'SettleEnvironment',
        deployment: 'bad',
        outcome: 'rolled-back-verified',
        running: { version: '1.2.0', commit: null, release: null, deployment: 'd1' },
        verifiedGood: null,
        quarantined: { version: '2.0.0', why: 'it was slow' },
        at,
      },
    ),
  );

  it('is lifted with a reason, by name, once', async () => {
    expect(await jsonOf(api.get(path))).toMatchObject({ quarantined: [{ version: '2.0.0', why: 'it was slow' }] });
    const response = await lift({ version: '2.0.0', reason: 'it was the network' });
    expect(response.status).toBe(202);
    expect(await response.json()).toMatchObject({ quarantined: [] });
    expect((await lift({ version: '2.0.0', reason: 'it was the network' })).status).toBe(202);
    expect(await lifted()).toMatchObject([
      { actor: { name: 'anonymous' }, data: { version: '2.0.0', by: 'anonymous', reason: 'it was the network' } },
    ]);
  });

  it('of a version that is in none is refused, with those that are', async () => {
    const response = await lift({ version: '2.0', reason: 'mistyped' });
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({
      detail: expect.stringContaining('version 2.0 of orders-api is not quarantined in production'),
    });
  });

  it.each(['constructor', '__proto__', 'toString'])(
    'is not found under the name that anything has: %s',
    async (version) => {
      expect((await lift({ version, reason: 'odd' })).status).toBe(404);
      expect(await lifted()).toHaveLength(1);
    },
  );

  it.each([{}, { version: '2.0.0' }, { version: '2.0.0', reason: ' ' }])('needs a reason: %j', async (body) => {
    expect((await lift(body)).status).toBe(422);
  });
});

describe('what was put back and could not be verified', () => {
  it('is not called verified good any more, as text and on the page', async () => {
    const running = { version: '1.2.0', commit: null, release: null, deployment: 'd1' };
    await happens(
      { type: 'ClaimEnvironment', deployment: 'shaky', at },
      {
        type: 'SettleEnvironment',
        deployment: 'shaky',
        outcome: 'rolled-back-unverified',
        running,
        verifiedGood: running,
        quarantined: { version: '2.1.0', why: 'it was slow' },
        at,
      },
    );
    const sentence = '1.2.0 runs, not verified good: deployment shaky put it back and could not verify it';
    expect(await jsonOf(api.get(path))).toMatchObject({
      unverified: 'shaky',
      sentence: expect.stringContaining(sentence),
    });
    await eventually(async () => (await (await api.get('/environments')).text()).includes('> not verified<'));
  });
});

describe('the list of all environments', () => {
  it('comes in pages, each with a link to the next', async () => {
    await api.record(drafted({ id: 'd2', plan: examplePlan({ service: 'billing-api' }), second: 900 }).events);
    const first = await api.get('/v1/environments?limit=1');
    const page = await jsonOf(first);
    expect(page).toMatchObject({ environments: [{ service: 'billing-api' }], next: expect.any(String) });
    const next = /^<(.*)>; rel="next"$/.exec(first.headers.get('link') ?? '')?.[1] ?? '';
    const second = await api.get(next);
    expect(await jsonOf(second)).toMatchObject({ environments: [{ service: 'orders-api' }], next: null });
    expect(second.headers.has('link')).toBe(false);
    expect((await jsonOf(api.get('/v1/environments')))['environments']).toHaveLength(2);
  });

  it.each(['limit=0', 'limit=201', 'cursor=nonsense'])('refuses %s', async (query) => {
    expect((await api.get(`/v1/environments?${query}`)).status).toBe(400);
  });
});
