import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { upcastWith } from '@backstay/deployment';
import { linkHash, type RecordedEvent } from '@backstay/event-sourcing';
import type { AuditEntry } from '@backstay/projections';
import { success } from '@backstay/projections/testing';
import { jsonOf, startTestApi, type TestApi } from '../api.test-support.ts';

/** As if the first version had called the end of a deployment otherwise, and its moment too. */
const upcast = upcastWith({
  DeploymentAccomplished: ({ data }) => {
    const { when, ...kept } = data as { readonly when: string };
    return { type: 'DeploymentSucceeded', data: { ...kept, at: when } };
  },
});

function ofTheFirstVersion(event: RecordedEvent): RecordedEvent {
  if (event.type !== 'DeploymentSucceeded') return event;
  const { at, ...kept } = event.data as { readonly at: string };
  return { ...event, type: 'DeploymentAccomplished', data: { ...kept, when: at } };
}

describe('a deployment whose stream was stored in an earlier shape', () => {
  const id = 'earlier';
  const stream = `deployment-${id}`;
  const { events } = success({ id });
  let api: TestApi;
  const get = (path = '', headers?: Record<string, string>) => api.get(`/v1/deployments/${id}${path}`, headers);

  beforeAll(async () => {
    api = await startTestApi({}, upcast);
    await api.record(events.map(ofTheFirstVersion));
  });

  afterAll(() => api?.close());

  it('is stored in that shape', async () => {
    const stored = await api.platform.store.stored.read(stream);
    expect(stored.map(({ type }) => type)).toEqual(events.map(ofTheFirstVersion).map(({ type }) => type));
    expect(stored.at(-1)?.type).not.toBe(events.at(-1)?.type);
  });

  it('has succeeded for the aggregate, which a service acts on', async () => {
    const { state, head } = await api.platform.deployments.load(id);
    expect(state.status).toBe('succeeded');
    expect(head.hash).toBe((await api.platform.store.stored.read(stream)).at(-1)?.hash);
  });

  it('has succeeded in the read model, which follows the subscription', async () => {
    expect(await jsonOf(get())).toMatchObject({ status: 'succeeded' });
    expect(await jsonOf(api.get('/v1/deployments'))).toMatchObject({ deployments: [{ id, status: 'succeeded' }] });
  });

  it.each(['', '/why'])('has succeeded where it is folded anew: %s', async (path) => {
    expect(await (await get(`${path}?asOf=${events.length}`)).text()).toContain('succeeded');
  });

  it('has succeeded in a read model that is built anew', async () => {
    const rebuilt = await api.post('/v1/projections/deployment-summary/rebuild');
    expect(rebuilt.status).toBeLessThan(300);
    expect(await jsonOf(get())).toMatchObject({ status: 'succeeded' });
  });

  it('has an intact audit trail, which holds what is stored and says what it means today', async () => {
    const trail = (await (await get('/audit-trail')).json()) as { readonly entries: readonly AuditEntry[] };
    expect(trail).toMatchObject({ intact: true, firstBroken: null });
    expect(trail.entries.find(({ type }) => type === 'DeploymentAccomplished')).toMatchObject({
      data: { when: expect.any(String) },
      summary: expect.stringContaining('succeeded'),
    });
  });

  it('can be verified from its audit trail alone', async () => {
    const text = await (await get('/audit-trail', { accept: 'application/x-ndjson' })).text();
    let hash = '';
    for (const line of text.trim().split('\n')) {
      const { eventId, causationId, correlationId, ...entry } = JSON.parse(line) as AuditEntry;
      const link = { ...entry, id: eventId, causation: causationId, correlation: correlationId };
      hash = linkHash(hash, link, api.platform.digest);
      expect(hash).toBe(entry.hash);
    }
  });
});
