import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApi, type TestApi } from '../api.test-support.ts';

describe('parked messages', () => {
  let api: TestApi;

  beforeAll(async () => {
    api = await startTestApi();
    for (const number of [1, 2, 3]) {
      await api.platform.parked.park({
        id: `BACKSTAY_INTAKE/${number}`,
        subject: 'backstay.deploy-requested',
        headers: { 'Content-Type': ['x'] },
        bytes: Buffer.from('{'),
        reason: 'the request is not JSON',
      });
    }
  });

  afterAll(() => api?.close());

  it('are listed, the newest first, by pages, with why they were parked', async () => {
    const first = await api.get('/v1/parked?limit=2');
    const { messages, next } = (await first.json()) as { messages: { id: string }[]; next: string };
    expect(messages).toMatchObject([
      { id: 'BACKSTAY_INTAKE/3', reason: 'the request is not JSON', size: 1 },
      { id: 'BACKSTAY_INTAKE/2' },
    ]);
    expect(first.headers.get('link')).toBe(`</v1/parked?limit=2&cursor=${next}>; rel="next"`);
    const second = (await (await api.get(`/v1/parked?limit=2&cursor=${next}`)).json()) as {
      messages: { id: string }[];
      next: null;
    };
    expect([second.messages.map(({ id }) => id), second.next]).toEqual([['BACKSTAY_INTAKE/1'], null]);
  });

  it('are counted as a metric', async () => {
    expect(await (await api.get('/metrics')).text()).toMatch(/^backstay_parked_messages\{service="operator-api"\} 3$/m);
  });

  it.each(['limit=0', 'limit=many', 'cursor='])('refuses %s', async (query) => {
    expect((await api.get(`/v1/parked?${query}`)).status).toBe(400);
  });
});
