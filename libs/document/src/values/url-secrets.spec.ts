import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { runs } from '@backstay/event-sourcing/testing';
import { readDestination } from './destinations.ts';
import { hasSecret } from './url-secrets.ts';
import { parseBindings } from '../context/bindings.ts';
import { parseProfiles } from '../context/profiles.ts';
import { parseDocument } from '../reading/parse.ts';

describe('a URL that carries who calls', () => {
  it.each([
    'https://TOKEN@host/x.git',
    'https://user:password@host',
    'http://:password@host',
    'HTTPS://a@b@host',
    'https:/\\TOKEN@host',
    'https:\\\\TOKEN@host/x',
    'https://${TOKEN}@host/x.git',
    'git+https://TOKEN@host/x.git',
    'git://TOKEN@host/x.git',
    'ssh://git:password@host/x.git',
    'postgres://app:password@host/db',
    'postgresql://host/db?user=app&password=secret',
    'rediss://:password@host',
    'postgres://h/d?pass%77ord=x',
    'postgres://h/d?sslmode=require&PASSWORD=x',
    'jdbc:postgresql://host/db?user=a&password=b',
    'jdbc:postgresql://app:password@host/db',
    'jdbc:sqlserver://host:1433;user=a;password=b',
    'mysql://host/db?pwd=x',
    '//TOKEN@host/x',
    '/\\TOKEN@host/x',
    '//user:password@host',
  ])('is found: %s', (url) => {
    expect(hasSecret(url)).toBe(true);
  });

  it.each([
    'https://host/x.git',
    'https://host/@scope/package',
    'https://host/?mail=a@example.org',
    'https://host#a@b',
    'ssh://git@host/x.git',
    'git@host:x.git',
    'file:///srv/git/x.git',
    '/srv/a@b.git',
    'postgres://app@host/db',
    'postgres://app:${PASSWORD}@host/db',
    'postgres://host/db?password=${PASSWORD}',
    '${DATABASE_URL}',
    'jdbc:postgresql://host/db?user=a&password=${PASSWORD}',
    'jdbc:postgresql://app@host/db',
    'postgres://h/d?password=',
    '//host/x@y',
    '/reset?password=x',
  ])('is none: %s', (url) => {
    expect(hasSecret(url)).toBe(false);
  });

  it('is found whenever the URL standard reads a user or a password from it', () => {
    const text = fc.stringMatching(/^[a-zA-Z0-9:@/\\\\?#._~%-]{0,20}$/);
    fc.assert(
      fc.property(fc.constantFrom('http:', 'https:', 'https://', 'HTTP:/', ' https://'), text, (scheme, rest) => {
        const url = `${scheme}${rest}@host/x`;
        const parsed = URL.canParse(url) ? new URL(url) : null;
        if (parsed !== null && (parsed.username !== '' || parsed.password !== '')) expect(hasSecret(url)).toBe(true);
      }),
      runs(2_000),
    );
  });
});

describe('every place that takes a URL refuses it', () => {
  const url = 'https://ghp_0123456789@host.example.org/x';
  const profile = (lines: string) =>
    `environments:\n  staging:\n    services:\n      orders-api:\n        ${lines.replace('URL', url)}\n`;

  it.each([
    'baseUrl: URL',
    'metrics: prometheus URL',
    'metrics: scrape URL',
    'dashboards: [URL]',
    'probes: { search: URL }',
    'notify: { team: webhook URL }',
    'notify: { team: "pagerduty <secret: PD_KEY> at URL" }',
  ])('a profile: %s', (lines) => {
    const parsed = parseProfiles(profile(lines));
    expect(parsed.ok ? [] : parsed.problems).toMatchObject([
      { line: 5, message: expect.stringContaining('a URL carries no user name, password or token') },
    ]);
    expect(parsed.ok ? '' : JSON.stringify(parsed.problems)).not.toContain('ghp_');
  });

  it('a destination', () => {
    expect(readDestination(`webhook ${url}`)).toBeUndefined();
    expect(readDestination('webhook https://host.example.org/x')).toBeDefined();
  });

  it('bindings', () => {
    const bindings = (loki: string) =>
      parseBindings(`logs:\n  loki: { url: "${loki}", query: '{app="a"}' }\n  critical: [panic]\n`);
    expect(bindings(url).ok).toBe(false);
    expect(bindings('https://host.example.org').ok).toBe(true);
  });

  it.each([
    ['Database connectivity: verified at `postgres://app:hunter2@db/orders`', true],
    ['Database connectivity: verified at `postgres://app:${PASSWORD}@db/orders`', false],
    ['Search connectivity: verified at `https://ghp_0123456789@host`', true],
  ])('a health check: %s', (line, isRefused) => {
    const parsed = parseDocument(`# Deployment Document\n\n## Smoke Tests\n\n### Health Checks\n\n- ${line}\n`);
    const codes = parsed.ok ? [] : parsed.problems.map(({ code }) => code);
    expect(codes.includes('secret-in-url')).toBe(isRefused);
  });
});
