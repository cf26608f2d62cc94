import { describe, expect, it } from 'vitest';
import { parseBindings } from './bindings.ts';
import { documentOf, fixture, sha256 } from '../testing/fixtures.test-support.ts';
import { makePlan } from '../planning/make-plan.ts';
import { parseProfiles, serviceProfile } from './profiles.ts';

describe('the sample of bindings', () => {
  const parsed = parseBindings(fixture('sample-backstay.yaml'));

  it('is accepted as it is written, with `${NAME}` in a text without quotes', () => {
    expect(parsed).toMatchObject({
      ok: true,
      bindings: {
        build: [{ text: 'npm ci --omit=dev' }],
        migrate: { up: [{ text: 'node migrate.mjs up' }], down: [{ text: 'node migrate.mjs down' }] },
        start: { text: 'node server.mjs' },
        ready: { method: 'GET', path: '/health' },
        version: { request: { method: 'GET', path: '/version' }, jsonPath: '$.version' },
        evidence: { tests: { reader: 'junit' }, scans: { reader: 'sarif' } },
        logs: { files: ['logs/*.log'], critical: ['level=critical'], allow: ['known noise'] },
        secrets: { 'API tokens': ['API_TOKEN'] },
        smoke: {
          'User Login': {
            body: '{"user":"${SMOKE_USER}","password":"${SMOKE_PASSWORD}"}',
            captures: { token: '$.token' },
          },
          'Data Retrieval': { headers: { authorization: 'Bearer ${token}' } },
        },
        documentation: { CHANGELOG: 'CHANGELOG.md', Configuration: 'docs/config.md' },
      },
    });
  });

  it('reports what is wrong behind such a name at its place', () => {
    const text = 'smoke: { A: { headers: { a: Bearer ${token} }, captures: { t: token } } }';
    expect(parseBindings(text)).toMatchObject({ problems: [{ code: 'bad-jsonpath', line: 1, column: 63 }] });
  });
});

describe('the sample of a profile', () => {
  const parsed = parseProfiles(fixture('sample-environments.yaml'));
  const profile = parsed.ok ? serviceProfile(parsed.profiles, 'production', 'orders-api') : undefined;

  it('is accepted as it is written', () => {
    expect(profile).toMatchObject({
      deployer: 'release',
      hosts: ['local'],
      root: '/srv/orders-api',
      metrics: { kind: 'scrape' },
      limits: { cores: 2, memoryBytes: 536_870_912 },
      queue: 'fifo',
      dataLossMs: null,
      allow: ['127.0.0.1:*'],
    });
    expect(Object.keys(profile!.probes)).toEqual(['Load Balancer', 'CDN', 'Monitoring', 'External API']);
    expect(Object.keys(profile!.notify)).toEqual(['team', 'on-call']);
  });

  it('serves the filled template, but for the loss of data that it does not accept', () => {
    const bindings = parseBindings(fixture('sample-backstay.yaml'));
    const planned = makePlan(documentOf(fixture('notes-api.md')), {
      bindings: bindings.ok ? bindings.bindings : undefined,
      profile,
      digest: sha256,
    });
    expect(planned).toMatchObject({ ok: true, warnings: [], blockers: [{ code: 'missing-consent' }] });
  });
});
