import { describe, expect, it } from '@jest/globals';
import { parseBindings } from './bindings.ts';
import { environmentsInOrder, parseProfiles, serviceProfile } from './profiles.ts';
import { bindings, profiles } from './fixtures.test-support.ts';

function told(parsed: ReturnType<typeof parseBindings> | ReturnType<typeof parseProfiles>): string[] {
  return parsed.ok ? [] : parsed.problems.map(({ file, line, column, code }) => `${file}:${line}:${column} ${code}`);
}

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

  it.each([
    ['a key misspelt', 'biuld: make', '.backstay.yaml:1:1 unknown-key'],
    ['a nested key misspelt', 'migrate:\n  up: a\n  donw: b', '.backstay.yaml:3:3 unknown-key'],
    ['readiness that is not asked with GET', 'ready: POST /health', '.backstay.yaml:1:8 unsupported'],
    ['a command that needs a shell', 'build: npm ci && make', '.backstay.yaml:1:15 shell-syntax'],
    ['the same in quotes', 'start: "node a.mjs > log"', '.backstay.yaml:1:20 shell-syntax'],
    ['a list in place of a command', 'start: [a]', '.backstay.yaml:1:8 bad-value'],
    ['unknown evidence', 'evidence: { tests: xunit a.xml }', '.backstay.yaml:1:20 bad-value'],
    ['a request that is none', 'ready: /health', '.backstay.yaml:1:8 bad-value'],
    ['a version without a path', 'version: GET /version', '.backstay.yaml:1:10 bad-value'],
    ['a secret with an impossible name', 'secrets:\n  API: [api-token]', '.backstay.yaml:2:9 bad-value'],
    [
      'a capture that is no path',
      'smoke:\n  Login:\n    captures: { token: token }',
      '.backstay.yaml:3:24 bad-jsonpath',
    ],
    ['no YAML', 'build: "make', '.backstay.yaml:1:13 yaml'],
    ['the same key twice', 'build: a\nbuild: b', '.backstay.yaml:2:1 yaml'],
  ])('%s', (_name, text, problem) => {
    expect(told(parseBindings(text))).toEqual([problem]);
  });

  it('suggest what was meant', () => {
    const parsed = parseBindings('biuld: make');
    expect(parsed).toMatchObject({
      problems: [{ suggestion: 'build', message: expect.stringContaining('did you mean “build”?') }],
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
  ])('tell %s what comes before it, where that is not the usual order', (environment, earlier) => {
    const services = 'services: { notes-api: {} }';
    const parsed = parseProfiles(
      `environments: { production: { ${services} }, qa: { order: 25, ${services} }, staging: { ${services} } }`,
    );
    expect(parsed.ok && serviceProfile(parsed.profiles, environment, 'notes-api')?.earlier).toEqual(earlier);
  });

  const service = (lines: string): string =>
    `environments:\n  production:\n    services:\n      notes-api:\n        ${lines}`;

  it.each([
    ['a key misspelt', service('deploier: release'), 'environments.yaml:5:9 unknown-key'],
    ['a deployer that is none', service('deployer: releas'), 'environments.yaml:5:19 bad-value'],
    ['a relative root', service('root: srv'), 'environments.yaml:5:15 bad-value'],
    ['metrics of another version', service('metrics: datadog'), 'environments.yaml:5:18 unsupported'],
    ['metrics that are none', service('metrics: carrier pigeon'), 'environments.yaml:5:18 bad-value'],
    ['a duration that is none', service('monitoring: { watch: 10 minuten }'), 'environments.yaml:5:30 bad-value'],
    ['a destination that is none', service('notify: { team: carrier pigeon }'), 'environments.yaml:5:25 bad-value'],
    ['no environments', 'environment: {}', 'environments.yaml:1:1 bad-value,environments.yaml:1:1 unknown-key'],
  ])('%s', (_name, text, problems) => {
    expect(told(parseProfiles(text)).join()).toBe(problems);
  });

  it('accept a deployer of another version, for which only its own deployments wait', () => {
    expect(parseProfiles(service('deployer: kubernetes')).ok).toBe(true);
  });
});
    ['a key in the open', service('notify: { on-call: pagerduty R0UT1NGKEY }'), 'environments.yaml:5:28 bad-value'],
