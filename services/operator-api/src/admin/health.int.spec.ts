import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '@backstay/postgres';
import { listening, platformOf } from '@backstay/service-kit';
import { jsonOf, startTestApi, type TestApi } from '../api.test-support.ts';
import { createApp } from '../operator-api.ts';

describe('the health of the API', () => {
  let api: TestApi;
  beforeAll(async () => void (api = await startTestApi()));
  afterAll(() => api?.close());

  it('is ready while NATS is away', async () => {
    expect(await jsonOf(api.get('/health/ready'))).toMatchObject({
      status: 'ok',
      service: 'operator-api',
      details: { postgresql: { status: 'up' }, nats: { status: 'degraded' } },
    });
  });

  it('is a problem when PostgreSQL does not respond, and alive all the same', async () => {
    const pool = connect({ url: 'postgres://127.0.0.1:1/none', max: 1, applicationName: 'spec', onFault: () => {} });
    const platform = platformOf({ ...api.platform, pool }, 'operator-api');
    const service = await listening(await createApp(platform), 0);
    try {
      const ready = await fetch(`${service.url}/health/ready`);
      expect(ready.headers.get('content-type')).toContain('application/problem+json');
      expect(await ready.json()).toMatchObject({
        type: '/docs#unavailable',
        status: 503,
        detail: 'PostgreSQL does not respond',
        instance: '/health/ready',
      });
      expect((await fetch(`${service.url}/health/live`)).status).toBe(200);
    } finally {
      await service.close();
      await pool.end();
    }
  });
});
