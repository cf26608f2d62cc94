import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Tokens } from './tokens.ts';

const sha256 = (token: string) => createHash('sha256').update(token).digest('hex');

const tokens = new Tokens([
  { name: 'ci', role: 'operator', sha256: sha256('first'), duties: [] },
  { name: 'writer', role: 'viewer', sha256: sha256('second'), duties: ['tech-writer'] },
]);

describe('tokens', () => {
  it('are known by their digest', () => {
    expect(tokens.principalOf('first')).toEqual({ name: 'ci', role: 'operator', duties: [], claimed: false });
    expect(tokens.principalOf('second')).toMatchObject({ name: 'writer', duties: ['tech-writer'] });
  });

  it.each(['', 'firs', 'first ', sha256('first')])('are not known by %j', (token) => {
    expect(tokens.principalOf(token)).toBeNull();
  });

  it('say which duties somebody carries', () => {
    expect([tokens.isAssigned('tech-writer'), tokens.isAssigned('dba')]).toEqual([true, false]);
  });
});
