import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stopTestParts, testDatabase, type TestDatabase } from '@backstay/local-platform/testing';
import { connect } from '@backstay/postgres';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { readSettings } from '../config/config.ts';
import { PlatformModule } from '../platform.module.ts';
import { openPlatform, type Platform } from '../platform.ts';
import { HealthModule } from './health.module.ts';

describe('the health of a service', () => {
  let database: TestDatabase;
  let platform: Platform;
  const apps: NestFastifyApplication[] = [];

  beforeAll(async () => {
    database = await testDatabase();
    platform = await openPlatform(
      'planning',
      readSettings({
        BACKSTAY_POSTGRES_URL: database.url,
        BACKSTAY_NATS_AUTH: 'none',
        BACKSTAY_LOG_LEVEL: 'silent',
      }),
    );
  });
  afterAll(async () => {
    await Promise.all(apps.map((app) => app.close()));
    await platform?.close();
    await database?.drop();
    await stopTestParts();
  });

  async function get(path: string, on: Platform): Promise<Response> {
    const imports = [PlatformModule.forRoot({ ...on, close: async () => undefined }), HealthModule];
    const module = await Test.createTestingModule({ imports }).compile();
    const app = module.createNestApplication<NestFastifyApplication>(
      new FastifyAdapter({ forceCloseConnections: true }),
    );
    apps.push(app);
    await app.listen(0, '127.0.0.1');
    return fetch((await app.getUrl()) + path);
  }

  /** The same service while nothing listens where its database was. */
  async function withoutDatabase(path: string): Promise<Response> {
    const pool = connect({ url: 'postgres://127.0.0.1:1/none', max: 1, applicationName: 'spec', onFault: () => {} });
    try {
      return await get(path, { ...platform, pool });
    } finally {
      await pool.end();
    }
  }

  it('is ready when PostgreSQL answers, also while NATS is away, and says what is there', async () => {
    const response = await get('/health/ready', platform);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      status: 'ok',
      service: 'planning',
      error: {},
      details: { postgresql: { status: 'up' }, nats: { status: 'degraded', message: expect.stringContaining('NATS') } },
    });
  });

  it('is not ready when PostgreSQL does not answer, and says no more of it than that', async () => {
    const response = await withoutDatabase('/health/ready');
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({
      status: 'unavailable',
      service: 'planning',
      problem: 'PostgreSQL does not answer',
      error: { postgresql: { status: 'down', message: 'PostgreSQL does not answer' } },
    });
  });

  it('is not ready while PostgreSQL answers and cannot write, and is again when it can', async () => {
    const settings = new URL(database.url);
    settings.searchParams.set('options', '-c default_transaction_read_only=on');
    const pool = connect({ url: settings.href, max: 1, applicationName: 'spec', onFault: () => {} });
    try {
      const response = await get('/health/ready', { ...platform, pool });
      expect(response.status).toBe(503);
      expect(await response.json()).toMatchObject({ status: 'unavailable', problem: 'PostgreSQL is read-only' });
      await pool.query('SET default_transaction_read_only = off');
      const again = async () => (await fetch(response.url)).status;
      await expect.poll(again, { timeout: 10_000 }).toBe(200);
    } finally {
      await pool.end();
    }
  });

  it('is alive all the same', async () => {
    const response = await withoutDatabase('/health/live');
    expect([response.status, await response.json()]).toEqual([200, { status: 'ok', service: 'planning' }]);
  });

  it('has metrics in the text format of Prometheus', async () => {
    const response = await get('/metrics', platform);
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(await response.text()).toMatch(/^process_cpu_seconds_total\{service="planning"\}/m);
  });
});
