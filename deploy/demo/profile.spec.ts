import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { demoProfile, demoSecrets, serviceEnvironment } from './profile.mjs';

const externalServices = 'http://127.0.0.1:18081';
const profile = (more = {}) => {
  const text = demoProfile({ root: '/srv/notes "api": 1', port: 18080, externalServices, ...more });
  return { text, service: parse(text).environments.production.services['notes-api'] };
};
const secrets = (more = {}) =>
  demoSecrets({ databaseUrl: 'postgres://127.0.0.1/notes', externalServices, random: () => 'unguessable', ...more });

describe("the demo's environment profile", () => {
  it('is YAML that names the service, whatever characters its folder has', () => {
    expect(profile().service).toMatchObject({
      deployer: 'release',
      hosts: ['local'],
      root: '/srv/notes "api": 1',
      baseUrl: 'http://127.0.0.1:18080',
      metrics: 'scrape http://127.0.0.1:18080/metrics',
      dataLoss: 'none',
      allow: ['127.0.0.1:*'],
    });
  });

  it('watches for seconds, where a real one watches for minutes', () => {
    expect(profile().service.monitoring).toEqual({ watch: '15s', every: '1s', baseline: '10s', minimumSamples: 8 });
  });

  it('has a probe for each dependency that the template names', () => {
    expect(Object.keys(profile().service.probes)).toEqual(['Load Balancer', 'CDN', 'Monitoring', 'External API']);
  });

  it('names only secrets that the demo has', () => {
    const named = [...profile().text.matchAll(/<secret: (\w+)>/g)].map(([, name]) => name!);
    expect(Object.keys(secrets())).toEqual(expect.arrayContaining(named));
  });
});

describe("the service's environment", () => {
  it('has a Redis only where there is one', () => {
    expect(serviceEnvironment(secrets())).not.toHaveProperty('REDIS_URL');
    expect(serviceEnvironment(secrets({ redisUrl: 'redis://127.0.0.1' }))).toEqual({
      DATABASE_URL: 'postgres://127.0.0.1/notes',
      API_KEY: 'unguessable',
      REDIS_URL: 'redis://127.0.0.1',
      LOG_LEVEL: 'info',
    });
  });
});
