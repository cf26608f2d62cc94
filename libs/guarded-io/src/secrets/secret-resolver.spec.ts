import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { SecretNotFound, UnreadableSecretFile, UnsupportedSecretSource } from './errors.ts';
import { secretResolver } from './secret-resolver.ts';

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'secrets-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;
const fileOf = (content: string, mode = 0o600) => {
  const path = join(folder, `secrets-${(files += 1)}`);
  writeFileSync(path, content);
  chmodSync(path, mode);
  return `file:${path}`;
};

describe('secretResolver', () => {
  it('prefers the value of the environment to the general one', () => {
    const resolver = secretResolver('env', 'eu-production', { EU_PRODUCTION__API_KEY: 'special', API_KEY: 'general' });
    expect(resolver.resolve('API_KEY').reveal()).toBe('special');
    expect(secretResolver('env', 'staging', { API_KEY: 'general' }).resolve('API_KEY').reveal()).toBe('general');
  });

  it('names a secret that is missing and the places where it was looked for', () => {
    const resolver = secretResolver('env', 'staging', { API_KEY: '' });
    expect(resolver.has('API_KEY')).toBe(false);
    expect(() => resolver.resolve('API_KEY')).toThrow(SecretNotFound);
    expect(() => resolver.resolve('API_KEY')).toThrow('looked for STAGING__API_KEY, then API_KEY');
  });

  it('holds neither settings of the platform nor values of another environment', () => {
    const variables = { BACKSTAY_POSTGRES_URL: 'postgres://record', PRODUCTION__PAY: 'pay-1234', PAY: 'test-5678' };
    const resolver = secretResolver('env', 'development', variables);
    for (const name of ['BACKSTAY_POSTGRES_URL', 'PRODUCTION__PAY']) {
      expect(resolver.has(name)).toBe(false);
      expect(() => resolver.resolve(name)).toThrow(SecretNotFound);
    }
    expect(resolver.resolve('PAY').reveal()).toBe('test-5678');
    expect(secretResolver('env', 'production', variables).resolve('PRODUCTION__PAY').reveal()).toBe('pay-1234');
  });

  it('gives a secret that shows its name only', () => {
    const secret = secretResolver('env', 'staging', { API_KEY: 'hidden' }).resolve('API_KEY');
    expect([secret.toString(), JSON.stringify({ secret }), inspect({ secret }), String(secret)].join()).not.toContain(
      'hidden',
    );
    expect(secret.toString()).toBe('<secret: API_KEY>');
  });

  it('remembers what it resolved, for a redactor', () => {
    const resolver = secretResolver('env', 'staging', { A: 'one', B: 'two' });
    resolver.resolve('A');
    expect(resolver.resolved().map(({ name }) => name)).toEqual(['A']);
  });

  it.each([
    ['lines', '# database\nexport DB_PASSWORD="pass word"\nEMPTY=\n'],
    ['JSON', '{"DB_PASSWORD": "pass word"}'],
    ['YAML', 'DB_PASSWORD: pass word\nPORT: 5432\n'],
  ])('reads a file of %s', (_kind, content) => {
    expect(secretResolver(fileOf(content), 'staging').resolve('DB_PASSWORD').reveal()).toBe('pass word');
  });

  it('warns of a file that others can read, and of none at 0600', () => {
    expect(secretResolver(fileOf('A=1'), 'staging').warnings).toEqual([]);
    expect(secretResolver(fileOf('A=1', 0o644), 'staging').warnings[0]).toContain('mode 0644');
  });

  it('says without its content that a file is not understood', () => {
    const resolver = secretResolver(fileOf('[hunter2'), 'staging');
    expect(() => resolver.resolve('A')).toThrow(UnreadableSecretFile);
    expect(() => resolver.resolve('A')).not.toThrow(/hunter2/);
  });

  it('sees a value that was rotated', () => {
    const spec = fileOf('ROTATED=first');
    const resolver = secretResolver(spec, 'staging');
    expect(resolver.resolve('ROTATED').reveal()).toBe('first');
    writeFileSync(spec.slice('file:'.length), 'ROTATED=second');
    expect(resolver.resolve('ROTATED').reveal()).toBe('second');
    expect(resolver.resolved().map((secret) => secret.reveal())).toEqual(['first', 'second']);
  });

  it('refuses a source that it does not have', () => {
    expect(() => secretResolver('vault:http://vault', 'staging')).toThrow(UnsupportedSecretSource);
  });
});
