import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { success } from '@backstay/projections/testing';
import { jsonOf, startTestApi, type TestApi } from '../api.test-support.ts';

let api: TestApi;
const reason = 'the report was of another build';

beforeAll(async () => {
  api = await startTestApi();
  await api.record(success({ id: 'r1' }).events, success({ id: 'r2' }).events, success({ id: 'r3' }).events);
});

afterAll(() => api?.close());

const revoke = (id: string, evidence: string, body: object = { reason }) =>
  api.post(`/v1/deployments/${id}/evidence/${evidence}/revoke`, body);
const eventsOf = (id: string) => api.platform.store.read(`deployment-${id}`);
const tested = async (id: string) => {
  const { criteria } = (await jsonOf(api.get(`/v1/deployments/${id}/acceptance-criteria`))) as never as {
    criteria: { text: string; verdict: string; reason: string }[];
  };
  return criteria.find(({ text }) => text === 'All integration tests passed');
};

describe('revoking evidence', () => {
  it('of a step takes the criterion back that rested on it', async () => {
    expect((await tested('r1'))?.verdict).toBe('met');
    const response = await revoke('r1', 'pre.1');
    expect(response.status).toBe(202);
    expect(await jsonOf(response)).toMatchObject({ id: 'r1', status: 'succeeded' });
    expect(await tested('r1')).toMatchObject({ verdict: 'unmet', reason: `revoked by anonymous: ${reason}` });
  });

  it('names the event with its digest, and twice is once', async () => {
    const event = (await eventsOf('r2')).find(({ type }) => type === 'MonitoringPassed');
    expect((await revoke('r2', event?.id ?? '')).status).toBe(202);
    expect((await revoke('r2', event?.id ?? '')).status).toBe(202);
    const revoked = (await eventsOf('r2')).filter(({ type }) => type === 'EvidenceRevoked');
    expect(revoked).toHaveLength(1);
    expect(revoked[0]?.data).toMatchObject({
      evidence: { eventId: event?.id, eventType: 'MonitoringPassed', digest: event?.hash, line: null },
      by: 'anonymous',
      reason,
    });
  });

  it('of what is not evidence is refused, and records nothing', async () => {
    const [request] = await eventsOf('r3');
    const before = (await eventsOf('r3')).length;
    const response = await revoke('r3', request?.id ?? '');
    expect(response.status).toBe(409);
    expect(await jsonOf(response)).toMatchObject({ code: 'no-evidence' });
    expect(await eventsOf('r3')).toHaveLength(before);
  });

  it('of what is not there is not found, and without a reason is not accepted', async () => {
    expect((await revoke('r3', 'deploy.99')).status).toBe(404);
    expect((await revoke('nowhere', 'pre.1')).status).toBe(404);
    expect((await revoke('r3', 'pre.1', {})).status).toBe(422);
  });
});
