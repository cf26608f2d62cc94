import { describe, expect, it } from 'vitest';
import { isOlder, versionIn } from './version.ts';

describe('the version in what a program prints', () => {
  it.each([
    ['postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)', '15.18'],
    ['postgres (PostgreSQL) 18beta1', '18'],
    ['15.18 (Debian 15.18-0+deb12u1)', '15.18'],
    ['nats-server: v2.9.10', '2.9.10'],
    ['Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64', '7.0.15'],
    ['Valkey server v=8.1.3 sha=00000000:0', '8.1.3'],
  ])('%s', (text, version) => {
    expect(versionIn(text)).toBe(version);
  });

  it('is undefined when there is none', () => {
    expect(versionIn('usage: postgres [OPTION]')).toBeUndefined();
  });
});

describe('a version', () => {
  it.each([
    ['2.9.10', '2.10', true],
    ['15.18', '13', false],
    ['6', '6.0.0', false],
  ])('%s is older than %s: %s', (version, minimum, expected) => {
    expect(isOlder(version, minimum)).toBe(expected);
  });
});
