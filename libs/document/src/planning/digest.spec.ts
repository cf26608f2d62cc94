import { describe, expect, it } from 'vitest';
import { bindings, fixture, planOf, profiles } from '../testing/fixtures.test-support.ts';
import { serviceProfile, type ServiceProfile } from '../context/profiles.ts';

const orders = fixture('orders-api.md');
const usual = planOf(orders);

function change(text: string, from: string | RegExp, to: string): string {
  const changed = text.replace(from, () => to);
  if (changed === text) throw new Error(`nothing is ${String(from)}`);
  return changed;
}

describe('the digest of a plan', () => {
  it.each([
    ['line endings', orders.replaceAll('\n', '\r\n')],
    ['list markers', orders.replace(/^(\s*)- /gm, '$1* ')],
    ['the way numbers are written', orders.replace(/^(\d+)\. /gm, '$1) ')],
    ['places', orders.replaceAll('\n\n', '\n\n\n\n')],
    ['prose', change(orders, 'Ask #team-orders.', 'Ask anybody.')],
  ])('ignores %s', (_what, text) => {
    expect(planOf(text)).toMatchObject({ digest: usual.digest, plan: { procedureDigest: usual.plan.procedureDigest } });
  });

  it('knows what a reply is compared with, whatever its members are called', () => {
    const digests = [1, 2].map((line) =>
      planOf(change(orders, '200 OK, count', `200 OK, \`$\` = \`{"source":{"line":${line}}}\`, count`)),
    );
    expect(digests[0]!.digest).not.toBe(digests[1]!.digest);
    expect(digests[0]!.plan.procedureDigest).not.toBe(digests[1]!.plan.procedureDigest);
  });
});

describe('the digest of a procedure', () => {
  const profile = (changes: Partial<ServiceProfile>): ServiceProfile => ({
    ...serviceProfile(profiles(), 'production', 'orders-api')!,
    ...changes,
  });
  const elsewhere = change(orders, '- Environment: production', '- Environment: staging');
  const [everywhere, one] = [change(elsewhere, ' to production', ' to staging'), profile({ allow: ['*:*'] })];

  it.each([
    ['environment', change(everywhere, 'passed in production', 'passed in staging'), profile({ allow: ['*:*'] })],
    ['base URL', change(orders, '127.0.0.1:18080`\n\n## Dep', '127.0.0.1:1`\n\n## Dep'), one],
    ['window', change(orders, '- Environment:', '- Window: Mon-Fri 09:00-16:00 UTC\n- Environment:'), one],
    ['metric source', change(orders, '18080/metrics', '1/metrics'), one],
    ['channel', change(orders, '   - Notify: #team-orders', '   - Notify: on-call'), one],
    [
      'name of a secret',
      change(change(orders, '<secret: ORDERS_DATABASE_URL>', '<secret: OTHER>'), '`ORDERS_DATABASE_URL`', '`OTHER`'),
      one,
    ],
    ['version', change(orders, '- Version: 2.4.0', '- Version: 2.4.1'), one],
    [
      'destination',
      orders,
      profile({ allow: ['*:*'], notify: { team: 'log', '#team-orders': 'log', 'on-call': 'log' } }),
    ],
    ['region', change(orders, 'eu-central', 'us-east'), one],
  ])('leaves out another %s', (_what, text, as) => {
    const { plan, digest } = planOf(text, { profile: as });
    expect(plan.procedureDigest).toBe(usual.plan.procedureDigest);
    expect(digest).not.toBe(usual.digest);
  });

  it.each([
    [
      'step',
      change(orders, '2. Check error logs', '2. Let it settle\n   - Wait: 1s\n3. Check error logs').replace(
        '3. Verify critical',
        '4. Verify critical',
      ),
    ],
    ['command', change(orders, './switch 2.4.0', './switch 2.5.0')],
    ['retry', change(orders, '3 times every 1s', '4 times every 1s')],
    [
      'failure',
      change(orders, '   - Undo: `node migrate.mjs down`', '   - Undo: `node migrate.mjs down`\n   - Effect: opaque'),
    ],
    ['smoke test', change(orders, 'GET /api/orders?limit=1', 'GET /api/orders?limit=2')],
    ['health check', change(orders, 'GET /health', 'GET /healthz')],
    ['dependency', change(orders, 'PostgreSQL 14+', 'PostgreSQL 15+')],
    ['threshold', change(orders, 'p99 > 2s', 'p99 > 3s')],
    ['action of a threshold', change(orders, 'p99 > 2s: Warning', 'p99 > 2s: Page on-call')],
    ['trigger', change(orders, 'Error rate exceeds 5%', 'Error rate exceeds 6%')],
    ['degradation', change(orders, 'degradation > 50%', 'degradation > 60%')],
    ['rollback step', change(orders, '3. Verify system health\n4. Notify', '3. Notify')],
    ['mode', change(orders, '- Minimum samples', '- Mode: shadow\n- Minimum samples')],
    ['variable', change(orders, 'LOG_LEVEL=info', 'LOG_LEVEL=debug')],
    ['proof', change(orders, 'commit touches `CHANGELOG.md`', 'commit touches `CHANGES.md`')],
  ])('knows another %s', (_what, text) => {
    expect(planOf(text).plan.procedureDigest).not.toBe(usual.plan.procedureDigest);
  });

  it('is the same whether document or bindings say what a smoke test sends', () => {
    const body = '{"user": "${SMOKE_USER}", "password": "${SMOKE_PASSWORD}"}';
    const smoke = { 'User Login': { body, headers: {}, captures: {} } };
    const silent = change(orders, `   - Body: \`${body}\`\n`, '');
    const { plan, digest } = planOf(silent, { bindings: { ...bindings(), smoke } });
    expect(plan.procedureDigest).toBe(usual.plan.procedureDigest);
    expect(digest).not.toBe(usual.digest);
  });
});

describe('documents that were planned before', () => {
  it.each([
    [
      'notes-api.md',
      'e8aa850907ef7bcd030d51439e2bd0a1811a773e979dd2d51b0d14964b6124f9',
      'f3a7807a8ca192f0f89baa9cae11918483d5cd6e5ef03a4f5ecef171bbcb9195',
    ],
    [
      'orders-api.md',
      'a95f187b711140c583b3275f8e45715546584712c37fa31c0789035889cafff1',
      'ea0042376246ce86ac7e851006feb63394750ebcd4405d3ed70f6cd2e97e9708',
    ],
    [
      'everything.md',
      'e9fea9565fdb905c26a4b3c3d40c5c6d0a1f0ca43c7cac68f6922f588e92be8f',
      'cbb6d58c8d14feb0ee869d412f3f10eaad2d73e481f426dbc4b434ad6b8140c7',
    ],
  ])('keep their digests: %s', (name, digest, procedureDigest) => {
    const planned = planOf(fixture(name));
    expect([planned.digest, planned.plan.procedureDigest]).toEqual([`sha256:${digest}`, `sha256:${procedureDigest}`]);
  });
});
