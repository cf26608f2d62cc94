import { afterAll, describe, expect, it } from 'vitest';
import { eventually, stopTestParts, testDatabase } from '@backstay/local-platform/testing';
import { openRuntime, readSettings } from '@backstay/service-kit';
import { startOperatorApi, startOperatorApiOn } from './operator-api.ts';

const settings = {
  BACKSTAY_NATS_URL: 'nats://127.0.0.1:1',
  BACKSTAY_NATS_AUTH: 'none',
  BACKSTAY_HTTP_PORT: '0',
  BACKSTAY_LOG_LEVEL: 'silent',
};

describe('the service as a process starts it', () => {
  afterAll(() => stopTestParts());

  it('serves while the bus is away, and again after it was closed', async () => {
    const { url } = await testDatabase();
    for (const _ of ['once', 'twice']) {
      const service = await startOperatorApi({ ...settings, BACKSTAY_POSTGRES_URL: url });
      try {
        expect(service.name).toBe('operator-api');
        expect((await fetch(`${service.url}/health/ready`)).status).toBe(200);
        expect(await (await fetch(`${service.url}/metrics`)).text()).toMatch(
          /backstay_http_request_duration_seconds_count\{[^}]*route="\/health\/ready"[^}]*\} 1/,
        );
      } finally {
        await service.close();
      }
      await expect(fetch(`${service.url}/health/live`)).rejects.toThrow('fetch failed');
    }
  });

  it('reports every problem of its settings at once', async () => {
    const start = startOperatorApi({ BACKSTAY_HTTP_PORT: 'x', BACKSTAY_AUTH: 'magic' });
    await expect(start).rejects.toThrow(/BACKSTAY_POSTGRES_URL[\s\S]*BACKSTAY_HTTP_PORT[\s\S]*BACKSTAY_AUTH/);
  });

  it('begins read models and relay when what shares its process has taken up what was left', async () => {
    const { url } = await testDatabase();
    const runtime = await openRuntime('platform', readSettings({ ...settings, BACKSTAY_POSTGRES_URL: url }));
    const holder = () => runtime.liveLeases.holderOf('projections');
    let taken = (): void => {};
    const others = new Promise<void>((resolve) => (taken = resolve));
    const service = await startOperatorApiOn(runtime, others);
    try {
      for (let looks = 1; looks <= 20; looks += 1) {
        expect((await fetch(`${service.url}/health/ready`)).status).toBe(200);
        expect(await holder()).toBeNull();
      }
      taken();
      await eventually(holder);
    } finally {
      taken();
      await service.close();
      await runtime.close();
    }
  });

  it('does not stay half open when it cannot listen', async () => {
    const { url } = await testDatabase();
    const first = await startOperatorApi({ ...settings, BACKSTAY_POSTGRES_URL: url });
    try {
      const port = new URL(first.url).port;
      await expect(
        startOperatorApi({ ...settings, BACKSTAY_POSTGRES_URL: url, BACKSTAY_HTTP_PORT: port }),
      ).rejects.toThrow('EADDRINUSE');
    } finally {
      await first.close();
    }
  });
});
