import { chownSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scratchDir } from '@backstay/local-platform';
import {
  eventually,
  smallDisk,
  stopTestParts,
  testDatabase,
  type TestDatabase,
} from '@backstay/local-platform/testing';
import { connect } from '@backstay/postgres';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { pino } from 'pino';
import { readSettings } from '../config/config.ts';
import { PlatformModule } from '../platform.module.ts';
import { openPlatform, type Platform } from '../platform.ts';
import { ProblemFilter } from '../http/problem-filter.ts';
import { ReplyAdapter } from '../http/reply-adapter.ts';
import { healthRoutes } from './health.controller.ts';
import { HealthModule } from './health.module.ts';

const directory = await scratchDir('space');
const small = smallDisk(join(directory, 'disk'), 64);
const spaces = small === null ? [] : [small];
afterAll(() => {
  small?.remove();
  rmSync(directory, { recursive: true, force: true });
});

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
    const app = module.createNestApplication<NestFastifyApplication>(new ReplyAdapter({ forceCloseConnections: true }));
    app.useGlobalFilters(new ProblemFilter(healthRoutes, on.logger));
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

  it('is ready when PostgreSQL responds, also while NATS is away, and says what is there', async () => {
    const response = await get('/health/ready', platform);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      status: 'ok',
      service: 'planning',
      error: {},
      details: { postgresql: { status: 'up' }, nats: { status: 'degraded', message: expect.stringContaining('NATS') } },
    });
  });

  it('is not ready when PostgreSQL does not respond, and says no more of it than that', async () => {
    const response = await withoutDatabase('/health/ready');
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({
      type: '/docs#unavailable',
      status: 503,
      detail: 'PostgreSQL does not respond',
      instance: '/health/ready',
    });
  });

  it('is not ready while PostgreSQL responds and cannot write, and is again when it can', async () => {
    const settings = new URL(database.url);
    settings.searchParams.set('options', '-c default_transaction_read_only=on');
    const pool = connect({ url: settings.href, max: 1, applicationName: 'spec', onFault: () => {} });
    try {
      const response = await get('/health/ready', { ...platform, pool });
      expect(response.status).toBe(503);
      expect(await response.json()).toMatchObject({ status: 503, detail: 'PostgreSQL is read-only' });
      await pool.query('SET default_transaction_read_only = off');
      const again = async () => (await fetch(response.url)).status;
      await eventually(async () => (await again()) === 200, 'ready again');
    } finally {
      await pool.end();
    }
  });

  it('logs that it is not ready, and why, and that it is again, however often it is asked', async () => {
    const lines: { readonly msg: string; readonly why?: string }[] = [];
    const logger = pino({}, { write: (line: string) => void lines.push(JSON.parse(line)) });
    const pool = connect({ url: database.url, max: 1, applicationName: 'spec', onFault: () => {} });
    try {
      const { url } = await get('/health/ready', { ...platform, pool, logger });
      const becomes = async (status: number) => {
        await eventually(async () => (await fetch(url)).status === status, `status ${status}`);
        for (let asked = 0; asked < 3; asked += 1) expect((await fetch(url)).status).toBe(status);
      };
      await becomes(200);
      for (let round = 0; round < 2; round += 1) {
        await pool.query('SET default_transaction_read_only = on');
        await becomes(503);
        await pool.query('SET default_transaction_read_only = off');
        await becomes(200);
        expect(lines.splice(0).map(({ msg, why }) => [msg, why])).toEqual([
          ['the service is not ready', 'PostgreSQL is read-only'],
          ['the service is ready again', undefined],
        ]);
      }
    } finally {
      await pool.end();
    }
  });

  it.each(spaces)('is not ready while PostgreSQL has no space left, and is again when it has', async (space) => {
    const { pool } = platform;
    const { rows } = await pool.query<{ data_directory: string }>('SHOW data_directory');
    const { uid, gid } = statSync(rows[0]!.data_directory);
    chownSync(space.path, uid, gid);
    await pool.query(`CREATE TABLESPACE small_space LOCATION '${space.path}'`);
    // What other probes have left of it has no space there.
    await pool.query('TRUNCATE backstay.write_probe');
    await pool.query('ALTER TABLE backstay.write_probe SET TABLESPACE small_space');
    try {
      const response = await get('/health/ready', platform);
      // Each probe fills a page more, until there is no space for another.
      await eventually(async () => (await fetch(response.url)).status === 503, 'status 503');
      expect(await (await fetch(response.url)).json()).toMatchObject({
        status: 503,
        detail: 'PostgreSQL has no space left on its disk',
      });
      space.resize(10_240);
      await eventually(async () => (await fetch(response.url)).status === 200, 'status 200');
    } finally {
      await pool.query('ALTER TABLE backstay.write_probe SET TABLESPACE pg_default');
      await pool.query('DROP TABLESPACE small_space');
      space.remove();
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
