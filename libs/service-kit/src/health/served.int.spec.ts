import { problemSchema, routes, type Route } from '@backstay/api-contract';
import { stopTestParts, testDatabase, type TestDatabase } from '@backstay/local-platform/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningService } from '../application.ts';
import { PHASE_HANDLERS } from '../phase.module.ts';
import { startPhaseService } from '../start-service.ts';
import { healthRoutes } from './health.controller.ts';

const table: readonly (readonly [string, Route])[] = Object.entries(healthRoutes);
const module = {
  module: class Idle {},
  providers: [{ provide: PHASE_HANDLERS, useValue: {} }],
  exports: [PHASE_HANDLERS],
};

describe('what the service of a phase serves', () => {
  let database: TestDatabase;
  let running: RunningService;

  beforeAll(async () => {
    database = await testDatabase();
    running = await startPhaseService(
      { phase: 'planning', healthPort: 0, module },
      {
        BACKSTAY_POSTGRES_URL: database.url,
        BACKSTAY_NATS_URL: 'nats://127.0.0.1:1',
        BACKSTAY_NATS_AUTH: 'none',
        BACKSTAY_HEALTH_PORT: '0',
        BACKSTAY_LOG_LEVEL: 'silent',
      },
    );
  });
  afterAll(async () => {
    await running?.close();
    await database?.drop();
    await stopTestParts();
  });

  const send = (path: string, options?: RequestInit) => fetch(running.url + path, options);

  async function problemOf(response: Response) {
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    return problemSchema.parse(await response.json());
  }

  it.each(table)('is %s as the contract has it', async (_, { path, response, media }) => {
    const reply = await send(path);
    expect(reply.status).toBe(200);
    if (response === undefined) expect(reply.headers.get('content-type')).toContain(media?.[0]);
    else expect(response.safeParse(await reply.json()).error).toBeUndefined();
  });

  it.each(table)('is the head of %s', async (_, { path }) => {
    const reply = await send(path, { method: 'HEAD' });
    expect([reply.status, await reply.text()]).toEqual([200, '']);
  });

  it.each(table)('has no parameters of %s: one is refused by its name', async (_, { path }) => {
    const reply = await send(`${path}?deep=1`);
    expect(reply.status).toBe(400);
    expect(await problemOf(reply)).toMatchObject({
      type: '/docs#invalid-query',
      instance: path,
      errors: [{ parameter: 'deep', detail: expect.stringContaining('none is expected') }],
    });
  });

  it.each(table.flatMap(([, { path }]) => ['PUT', 'POST', 'DELETE'].map((method) => [method, path] as const)))(
    'is not reached by %s %s: the methods that the path has are named',
    async (method, path) => {
      const reply = await send(`${path}?now=1`, { method });
      expect([reply.status, reply.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
      expect(await problemOf(reply)).toMatchObject({ type: '/docs#method-not-allowed', instance: path });
    },
  );

  it.each([routes.listDeployments.path, routes.listPage.path, '/nowhere'])('is not %s', async (path) => {
    const reply = await send(path);
    expect([reply.status, reply.headers.get('allow')]).toEqual([404, null]);
    expect(await problemOf(reply)).toMatchObject({ type: '/docs#not-found', instance: path });
  });

  it('is no path that cannot be decoded', async () => {
    const reply = await send('/%ZZ');
    expect(reply.status).toBe(400);
    expect(await problemOf(reply)).toMatchObject({ type: '/docs#malformed', status: 400 });
  });
});
