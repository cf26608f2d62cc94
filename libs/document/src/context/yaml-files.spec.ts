import { describe, expect, it } from 'vitest';
import { parseBindings } from './bindings.ts';
import { environmentsInOrder, parseProfiles, serviceProfile } from './profiles.ts';
import { bindings, fixture, profiles } from '../testing/fixtures.test-support.ts';

describe('bindings', () => {
  it('are read with their commands split', () => {
    expect(bindings()).toMatchObject({
      build: [{ argv: ['npm', 'ci', '--omit=dev'] }],
      ready: { method: 'GET', path: '/health' },
      version: { request: { method: 'GET', path: '/version' }, jsonPath: '$.version' },
      evidence: { tests: { reader: 'junit' }, scans: { reader: 'sarif' } },
    });
  });

  it('may be absent or empty', () => {
    expect(parseBindings('')).toEqual({
      ok: true,
      bindings: { evidence: {}, secrets: {}, smoke: {}, documentation: {} },
    });
  });
});

describe('profiles', () => {
  it('give one service in one environment, with its defaults', () => {
    expect(serviceProfile(profiles(), 'production', 'notes-api')).toMatchObject({
      hosts: ['local'],
      metrics: { kind: 'scrape', url: 'http://127.0.0.1:18080/metrics' },
      limits: { cores: 2, memoryBytes: 512 * 1024 * 1024 },
      dataLossMs: 1_800_000,
      acceptsUnattested: false,
      keepReleases: 5,
      queue: 'fifo',
      overrides: [],
    });
    expect(serviceProfile(profiles(), 'staging', 'notes-api')).toMatchObject({ acceptsUnattested: true });
  });

  it('know nothing of others', () => {
    expect(serviceProfile(profiles(), 'production', 'constructor')).toBeUndefined();
    expect(serviceProfile(profiles(), '__proto__', 'notes-api')).toBeUndefined();
  });

  it('order environments from the first to the last', () => {
    const parsed = parseProfiles(
      'environments: { production: { services: {} }, qa: { order: 25, services: {} }, staging: { services: {} } }',
    );
    expect(parsed.ok && environmentsInOrder(parsed.profiles)).toEqual(['staging', 'qa', 'production']);
  });

  it.each([
    ['production', ['development', 'staging', 'qa']],
    ['qa', ['development', 'staging']],
    ['staging', undefined],
  ])('give %s what comes before it, where that is not the usual order', (environment, earlier) => {
    const services = 'services: { notes-api: {} }';
    const parsed = parseProfiles(
      `environments: { production: { ${services} }, qa: { order: 25, ${services} }, staging: { ${services} } }`,
    );
    expect(parsed.ok && serviceProfile(parsed.profiles, environment, 'notes-api')?.earlier).toEqual(earlier);
  });

  it('accept a deployer of another version, for which only its own deployments wait', () => {
    expect(parseProfiles(fixture('environments.yaml').replaceAll('deployer: release', 'deployer: kubernetes')).ok).toBe(
      true,
    );
  });
});
