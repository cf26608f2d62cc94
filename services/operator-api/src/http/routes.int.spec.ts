import { routes, type Route } from '@backstay/api-contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { startTestApi, type TestApi } from '../api.test-support.ts';
import { createApp } from '../operator-api.ts';
import { openPlatform } from '@backstay/service-kit';

const table = Object.entries<Route>(routes);

/** `GET /v1/deployments` of every route that the server knows, HEAD aside, which goes with GET. */
function servedBy(app: NestFastifyApplication): string[] {
  const printed = app.getHttpAdapter().getInstance().printRoutes({ commonPrefix: false });
  const parents: string[] = [];
  return printed.split('\n').flatMap((line) => {
    const [, indent = '', path = '', methods = ''] = /^([│ ]*)[└├]── (\S*)(?: \(([A-Z, ]+)\))?$/.exec(line) ?? [];
    const depth = indent.length / 4;
    parents.splice(depth, Infinity, path);
    const fullPath = parents.join('');
    return methods === ''
      ? []
      : methods
          .split(', ')
          .filter((method) => method !== 'HEAD')
          .map((method) => `${method} ${fullPath}`);
  });
}

describe('the contract', () => {
  let api: TestApi;
  let app: NestFastifyApplication;

  beforeAll(async () => {
    api = await startTestApi();
    app = await createApp(await openPlatform('operator-api', api.platform.settings));
    await app.init();
  });

  afterAll(async () => {
    await app?.close();
    await api?.close();
  });

  it('names every route that is served, and nothing else', () => {
    expect(servedBy(app).sort()).toEqual(table.map(([, { method, path }]) => `${method} ${path}`).sort());
  });

  it.each(['POST /v1/deployments/d1/approve', 'POST /v1/freezes', 'GET /v1/dora', 'GET /v1/nowhere'])(
    'knows no %s: a problem that says so',
    async (route) => {
      const [method = '', path = ''] = route.split(' ');
      const response = await fetch(api.service.url + path, { method });
      expect(response.status).toBe(404);
      expect(response.headers.get('content-type')).toContain('application/problem+json');
      expect(await response.json()).toMatchObject({ type: '/docs#not-found', status: 404, instance: path });
    },
  );

  it.each([
    ['PUT /v1/deployments', 'GET, HEAD, POST'],
    ['DELETE /', 'GET, HEAD'],
    ['GET /v1/deployments/d1/cancel', 'POST'],
    ['DELETE /v1/deployments/d1', 'GET, HEAD'],
  ])('refuses %s, and allows %s', async (route, allowed) => {
    const [method = '', path = ''] = route.split(' ');
    const response = await fetch(api.service.url + path, { method });
    expect([response.status, response.headers.get('allow')]).toEqual([405, allowed]);
    expect(await response.json()).toMatchObject({ type: '/docs#method-not-allowed', status: 405, instance: path });
  });

  it.each([
    ['/v1/deployments?sevice=x&limit=2', 'sevice', 'service, environment, status'],
    ['/v1/deployments?status=green', 'status', 'planning'],
    ['/v1/deployments?limit=x', 'limit', 'a number'],
    ['/v1/deployments?limit=0x10', 'limit', 'from 1 to 200 in decimal digits, not “0x10”'],
    ['/v1/deployments?limit=+5', 'limit', 'in decimal digits, not “ 5”'],
    ['/v1/deployments?limit=5&limit=6', 'limit', 'given twice; give it once'],
    ['/v1/environments?limit=5&limit=5', 'limit', 'given twice; give it once'],
    ['/v1/deployments/d1?asOf=1&asOf=1', 'asOf', 'given twice; give it once'],
    ['/v1/deployments/d1/why?asOf=1.0', 'asOf', 'a stream version in decimal digits or a time as in RFC 3339'],
    ['/v1/events/stream?deployment=abcdef&deployment=abcdef', 'deployment', 'given twice; give it once'],
    ['/v1/deployments?since=yesterday', 'since', 'a time as in RFC 3339'],
    ['/v1/deployments/d1?asof=3', 'asof', 'asOf'],
    ['/health/live?deep=1', 'deep', 'none'],
  ])('refuses GET %s: %s is reported beside what is allowed', async (path, parameter, allowed) => {
    const response = await api.get(path);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      type: '/docs#invalid-query',
      errors: [{ parameter, detail: expect.stringContaining(allowed) }],
    });
  });

  it.each([
    ['/v1/deployments?cursor=x', 'cursor'],
    ['/v1/environments?cursor=x', 'cursor'],
    ['/v1/parked?cursor=bm9uZQ', 'cursor'],
    ['/v1/parked?cursor=ImEi~', 'cursor'],
    ['/v1/deployments/d1/audit-trail?after=x', 'after'],
  ])('refuses GET %s: no page before it gave that as `next`', async (path, parameter) => {
    const response = await api.get(path);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      type: '/docs#invalid-cursor',
      errors: [{ parameter, detail: expect.any(String) }],
    });
  });

  it.each(['/v1/plans?environment=staging', '/v1/deployments?version=9.9.9'])(
    'refuses JSON to %s, whose query only Markdown would need',
    async (path) => {
      const response = await api.post(path, { document: '# Deployment: a 1.0.0' });
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ type: '/docs#invalid-query' });
    },
  );

  it.each(['/v1/prune', '/v1/projections/deployment-summary/rebuild'])(
    'refuses a body that %s would ignore',
    async (path) => {
      const response = await api.post(path, { kinds: ['workspace'] });
      expect(response.status).toBe(422);
      expect(await response.json()).toMatchObject({
        errors: [{ pointer: '#', detail: expect.stringContaining('no body') }],
      });
    },
  );

  it('responds to HEAD as to GET', async () => {
    const response = await fetch(`${api.service.url}/v1/deployments`, { method: 'HEAD' });
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('');
  });

  it('sends no reply without its guards against scripts, frames and sniffing', async () => {
    for (const path of ['/', '/v1/deployments', '/nowhere', '/%ZZ', '/v1/deployments/absent']) {
      const { headers } = await api.get(path);
      expect(headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('cache-control')).toBe('no-store');
    }
  });
});
