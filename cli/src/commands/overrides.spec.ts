import { describe, expect, it } from 'vitest';
import { auditEntry, id, summary } from '../testing/entries.test-support.ts';
import { withPlatform, type Reply, type Routes } from '../testing/platform-double.test-support.ts';
import { backstay } from '../testing/world.test-support.ts';

const override = {
  eventId: 'e-9',
  code: 'unknown-running',
  subject: 'what runs',
  message: 'nobody recorded it',
  reason: 'looked at it',
  by: 'robin',
};
const deployment = `/v1/deployments/${id}`;
const body = summary({ status: 'succeeded', overrides: [override] });
const overriddenLine = /\? overridden unknown-running \(what runs: nobody recorded it\) by robin: looked at it \[e-9\]/;

const outOf = (routes: Routes, argv: readonly string[]) =>
  withPlatform(routes, async ({ url }) => (await backstay([...argv, '--url', url])).out);

describe('a reason that somebody gave', () => {
  const evil = 'fine\n\u001b[32m✔ met    \u001b[39m All tests passed\n15 of 15 met';
  const criterion = {
    text: 'Approved',
    line: 3,
    verdict: 'unmet',
    reason: evil,
    evidence: [{ eventId: 'e-1', summary: evil }],
  };
  const reply = { criteria: [criterion], overrides: [{ ...override, reason: evil }] };
  const at = (argv: readonly string[], routes: Routes) =>
    withPlatform(routes, async ({ url }) => backstay([...argv, '--url', url], { terminal: { columns: 80, rows: 24 } }));

  it.each([
    ['criteria', { [`GET ${deployment}/acceptance-criteria`]: { body: reply } }],
    ['status', { [`GET ${deployment}`]: { body: { ...body, reason: evil, overrides: reply.overrides } } }],
  ])('can neither paint nor pass for a line of %s', async (verb, routes) => {
    const { out } = await at([verb, id], routes);
    expect(out).toContain('All tests passed');
    expect(out).not.toContain('\u001b[32m✔ met    \u001b[39m All');
    expect(out.split('\n').filter((line) => /^(15 of|\S*✔ met)/.test(line))).toEqual([]);
  });

  it('is printed exactly with --json', async () => {
    const { out } = await at(['criteria', id, '--json'], {
      [`GET ${deployment}/acceptance-criteria`]: { body: reply },
    });
    expect(JSON.parse(out)).toEqual(reply);
  });
});

describe('a finding that was overridden is shown', () => {
  it('by status, with who asked and why', async () => {
    expect(await outOf({ [`GET ${deployment}`]: { body } }, ['status', id])).toMatch(overriddenLine);
  });

  it('by list, where status shows more', async () => {
    const out = await outOf({ 'GET /v1/deployments': { body: { deployments: [body, summary()] } } }, ['list']);
    expect(out.split('\n').filter((line) => line.includes('overridden: unknown-running'))).toHaveLength(1);
  });

  it('by watch, as an event and with the end', async () => {
    const overridden = {
      ...auditEntry('FindingOverridden', override),
      summary: 'robin overrode the finding unknown-running',
    };
    const routes = {
      [`GET ${deployment}`]: { body },
      [`GET ${deployment}/audit-trail`]: { body: { entries: [overridden] } },
    };
    const out = await outOf(routes, ['watch', id]);
    expect(out).toContain('robin overrode the finding unknown-running');
    expect(out).toMatch(overriddenLine);
  });

  it('by criteria, below them', async () => {
    const routes = { [`GET ${deployment}/acceptance-criteria`]: { body: { criteria: [], overrides: [override] } } };
    expect(await outOf(routes, ['criteria', id])).toMatch(overriddenLine);
    expect(JSON.parse(await outOf(routes, ['criteria', id, '--json']))).toEqual({
      criteria: [],
      overrides: [override],
    });
  });
});

describe('backstay environments', () => {
  const of = (service: string, more: object) => ({ service, environment: 'production', sentence: '', ...more });

  it('says what runs, those first of which nobody knows', async () => {
    const environments = [
      of('notes-api', { unknown: null, sentence: '1.1.0 runs, verified good' }),
      of('mail-api', { unverified: 'd8', sentence: '2.0.0 runs, not verified good' }),
      of('orders-api', {
        unknown: { deployment: 'd9' },
        sentence: 'it is not known what runs: deployment d9 of 1.2.0 ended halted',
      }),
    ];
    const routes = { 'GET /v1/environments': { body: { environments } } };
    const out = await outOf(routes, ['environments']);
    expect(out).toMatch(/^\? not known +orders-api +production +it is not known what runs: deployment d9/);
    expect(out).toMatch(/\n\? not verified +mail-api +production +2\.0\.0 runs, not verified good\n/);
    expect(out).toMatch(/\n· recorded +notes-api +production +1\.1\.0 runs, verified good\n/);
    expect(JSON.parse(await outOf(routes, ['environments', '--json']))).toEqual({ environments });
  });

  it('reads page after page', async () => {
    const pages: Reply[] = [
      { headers: { link: '</v1/environments?cursor=abc>; rel="next"' }, body: { environments: [of('notes-api', {})] } },
      { body: { environments: [of('orders-api', {})] } },
    ];
    const out = await outOf({ 'GET /v1/environments': (_, before) => pages[before]! }, ['environments', '--json']);
    expect(JSON.parse(out)).toEqual({ environments: [of('notes-api', {}), of('orders-api', {})] });
  });

  it('says so where there is none', async () => {
    const out = await outOf({ 'GET /v1/environments': { body: { environments: [] } } }, ['environments']);
    expect(out).toBe('Nothing is known to run anywhere yet.\n');
  });
});
