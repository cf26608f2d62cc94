import { describe, expect, it } from 'vitest';
import { problem, withPlatform, type Routes } from '../testing/platform-double.test-support.ts';
import { backstay } from '../testing/world.test-support.ts';

const lifting = (routes: Routes, ...argv: readonly string[]) =>
  withPlatform(routes, async ({ url, asked }) => ({
    ...(await backstay(['lift', 'orders-api', '1.4.0', '-e', 'production', ...argv, '--url', url])),
    bodies: asked.map(({ body }) => body),
  }));
const route = 'POST /v1/services/orders-api/environments/production/quarantine/lift';

describe('backstay lift', () => {
  it('lifts the quarantine of a version, with its reason', async () => {
    const routes = { [route]: { status: 202, body: { service: 'orders-api', quarantined: [] } } };
    const { code, out, bodies } = await lifting(routes, '--reason', 'it was the network');
    expect(code).toBe(0);
    expect(bodies).toEqual([{ version: '1.4.0', reason: 'it was the network' }]);
    expect(out).toContain('orders-api 1.4.0 is no longer quarantined in production');
  });

  it('needs a reason', async () => {
    expect((await lifting({})).code).toBe(2);
  });

  it('says that it is in none', async () => {
    const routes = { [route]: problem(404, 'Not found', { detail: 'version 1.4.0 is not quarantined' }) };
    const { code, err } = await lifting(routes, '--reason', 'it was the network');
    expect(code).not.toBe(0);
    expect(err).toContain('is not quarantined');
  });
});
