import { describe, expect, it } from '@jest/globals';
import { fact, id, summary } from '../testing/facts.test-support.ts';
import { withPlatform, type Routes } from '../testing/platform-double.test-support.ts';
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
const told = /\? overridden unknown-running \(what runs: nobody recorded it\) by robin: looked at it \[e-9\]/;

const outOf = (routes: Routes, argv: readonly string[]) =>
  withPlatform(routes, async ({ url }) => (await backstay([...argv, '--url', url])).out);

describe('a finding that was overridden is told', () => {
  it('by status, with who asked and why', async () => {
    expect(await outOf({ [`GET ${deployment}`]: { body } }, ['status', id])).toMatch(told);
  });

  it('by list, where status tells more', async () => {
    const out = await outOf({ 'GET /v1/deployments': { body: { deployments: [body, summary()] } } }, ['list']);
    expect(out.split('\n').filter((line) => line.includes('overridden: unknown-running'))).toHaveLength(1);
  });

  it('by watch, as a fact and with the end', async () => {
    const overridden = {
      ...fact('FindingOverridden', override),
      summary: 'robin overrode the finding unknown-running',
    };
    const routes = {
      [`GET ${deployment}`]: { body },
      [`GET ${deployment}/audit-trail`]: { body: { entries: [overridden] } },
    };
    const out = await outOf(routes, ['watch', id]);
    expect(out).toContain('robin overrode the finding unknown-running');
    expect(out).toMatch(told);
  });

  it('by criteria, below them', async () => {
    const routes = { [`GET ${deployment}/acceptance-criteria`]: { body: { criteria: [], overrides: [override] } } };
    expect(await outOf(routes, ['criteria', id])).toMatch(told);
    expect(JSON.parse(await outOf(routes, ['criteria', id, '--json']))).toEqual({
      criteria: [],
      overrides: [override],
    });
  });
});

describe('backstay environments', () => {
  const of = (service: string, more: object) => ({ service, environment: 'production', sentence: '', ...more });

  it('tells what runs in words, those first of which nobody knows', async () => {
    const environments = [
      of('notes-api', { unknown: null, sentence: '1.1.0 runs, verified good' }),
      of('orders-api', {
        unknown: { deployment: 'd9' },
        sentence: 'it is not known what runs: deployment d9 of 1.2.0 ended halted',
      }),
    ];
    const routes = { 'GET /v1/environments': { body: { environments } } };
    const out = await outOf(routes, ['environments']);
    expect(out).toMatch(/^\? not known +orders-api +production +it is not known what runs: deployment d9/);
    expect(out).toMatch(/\n· recorded +notes-api +production +1\.1\.0 runs, verified good\n$/);
    expect(JSON.parse(await outOf(routes, ['environments', '--json']))).toEqual({ environments });
  });

  it('says so where there is none', async () => {
    const out = await outOf({ 'GET /v1/environments': { body: { environments: [] } } }, ['environments']);
    expect(out).toBe('Nothing is known to run anywhere yet.\n');
  });
});
