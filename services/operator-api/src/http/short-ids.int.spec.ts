import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { success, watched } from '@backstay/projections/testing';
import { jsonOf, startTestApi, type TestApi } from '../api.test-support.ts';

const first = '0b5c2f6e-9d4e-5f0a-8a53-1c2d3e4f5a6b';
const second = '0b5c2f77-1111-5f0a-8a53-1c2d3e4f5a6b';

describe('the beginning of an id', () => {
  let api: TestApi;

  beforeAll(async () => {
    api = await startTestApi();
    await api.record(success({ id: first }).events, watched({ id: second, second: 100 }).events);
  });

  afterAll(() => api?.close());

  const idOf = async (path: string) => (await jsonOf(api.get(path))).id;

  it('names the deployment wherever its id does, in any case of its letters', async () => {
    expect(await idOf('/v1/deployments/0b5c2f6')).toBe(first);
    expect(await idOf('/v1/deployments/0B5C2F77-11')).toBe(second);
    expect(await idOf(`/v1/deployments/${first}`)).toBe(first);
    for (const part of ['/why', '/audit-trail', '/steps', '/acceptance-criteria'])
      expect((await api.get(`/v1/deployments/0b5c2f6${part}`)).status).toBe(200);
    expect(await (await api.get('/d/0b5c2f6')).text()).toContain(first);
  });

  it('names it to whoever changes something', async () => {
    const response = await api.post('/v1/deployments/0b5c2f77/cancel', { reason: 'not now' });
    expect(response.status).toBe(202);
    expect(await jsonOf(response)).toMatchObject({ id: second, status: 'rolling-back' });
  });

  it('names it to whoever listens', async () => {
    const leaving = new AbortController();
    const { url } = api.service;
    const response = await fetch(`${url}/v1/events/stream?deployment=0b5c2f6`, { signal: leaving.signal });
    const { value } = await response.body!.getReader().read();
    leaving.abort();
    expect(new TextDecoder().decode(value)).toContain(`deployment-${first}`);
  });

  it('that several have is refused with all of them', async () => {
    const response = await api.get('/v1/deployments/0b5c2f/why');
    expect(response.status).toBe(409);
    const { type, errors } = await jsonOf(response);
    expect(type).toBe('/docs#ambiguous-id');
    expect((errors as unknown as { detail: string }[]).map(({ detail }) => detail).sort()).toEqual([
      expect.stringContaining(`${first}  orders-api  1.2.0  production  succeeded`),
      expect.stringContaining(second),
    ]);
  });

  it('must have six characters, and be of one that there is', async () => {
    expect((await api.get('/v1/deployments/0b5c2')).status).toBe(404);
    expect((await api.get('/v1/deployments/ffffff')).status).toBe(404);
  });
});
