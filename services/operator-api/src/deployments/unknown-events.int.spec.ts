import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { examplePlan, heldForPerson, type Scenario } from '@backstay/projections/testing';
import { jsonOf, startTestApi, type TestApi } from '../api.test-support.ts';

describe('a deployment with an event that a newer version recorded', () => {
  let api: TestApi;
  const post = (path: string, body: object) => api.post(`/v1/deployments${path}`, body);
  const versionOf = async (id: string) => (await api.platform.store.read(`deployment-${id}`)).at(-1)?.version;

  beforeAll(async () => {
    api = await startTestApi();
    await api.record(
      withUnknownEvent(waiting('asked', 0)),
      withUnknownEvent(waiting('cancelled', 100)),
      withUnknownEvent(waiting('taken-back', 200)),
      waiting('understood', 300).events,
    );
  });

  afterAll(() => api?.close());

  it.each([
    ['/confirm', { item: 'pre.1', reason: 'read it' }],
    ['/confirm', { item: 160, reason: 'read it' }],
    ['/steps/pre.1/resolve', { outcome: 'completed', reason: 'looked at it' }],
  ])('is not continued: %s %j', async (path, body) => {
    const before = await versionOf('asked');
    const response = await post(`/asked${path}`, body);
    expect(response.status).toBe(409);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    expect(await response.json()).toMatchObject({
      type: '/docs#unknown-fact',
      detail: expect.stringMatching(/^DeploymentBlessed is an event that this version does not know/),
    });
    expect(await versionOf('asked')).toBe(before);
  });

  it('can be cancelled', async () => {
    const response = await post('/cancelled/cancel', { reason: 'wrong version' });
    expect([response.status, await jsonOf(response)]).toMatchObject([202, { status: 'cancelled' }]);
  });

  it('can be rolled back', async () => {
    expect((await post('/taken-back/rollback', { reason: 'wrong version' })).status).toBe(202);
    expect(await jsonOf(api.get('/v1/deployments/taken-back'))).toMatchObject({ status: 'cancelled' });
  });

  it('can be looked at, and its audit is intact', async () => {
    expect((await api.get('/d/asked')).status).toBe(200);
    expect(await jsonOf(api.get('/v1/deployments/asked/audit-trail'))).toMatchObject({ intact: true });
  });

  it('does not hinder one whose events are all known', async () => {
    expect((await post('/understood/confirm', { item: 'pre.1', reason: 'read it' })).status).toBe(202);
  });
});

const manual = { kind: 'manual' as const, duty: { verb: 'confirmed' as const, duty: 'tech-writer' } };
const [first, ...others] = examplePlan().steps;
const plan = examplePlan({ steps: [{ ...first!, action: manual }, ...others] });

const waiting = (id: string, second: number): Scenario => heldForPerson({ id, plan, second });

function withUnknownEvent({ events, id }: Scenario) {
  const last = events.at(-1)!;
  const version = last.version + 1;
  return [...events, { ...last, id: `${id}-e${version}`, version, type: 'DeploymentBlessed', data: {} }];
}
