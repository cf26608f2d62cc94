import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { clientLike, connect, redacted } from './connect.ts';

const url = 'postgres://ann:hunter2@127.0.0.1:1/backstay';

describe('a pool', () => {
  it('shows its password nowhere', async () => {
    const pool = connect({ url });
    expect(inspect(pool, { depth: 5 })).not.toContain('hunter2');
    expect(inspect(clientLike(pool), { depth: 3 })).not.toContain('hunter2');
    const failure = await pool.query('SELECT 1').catch((error: unknown) => error);
    expect(inspect(failure, { depth: 5 })).not.toContain('hunter2');
    await pool.end();
  });

  it.each(['', 'mysql://ann:hunter2@host/db', 'ann:hunter2@host'])('refuses %j without repeating it', (bad) => {
    expect(() => connect({ url: bad })).toThrow(TypeError);
    expect(() => connect({ url: bad })).not.toThrow(/hunter2/);
  });
});

describe('a URL to be shown', () => {
  it('has no password', () => {
    expect(redacted(url)).toBe('postgres://ann:***@127.0.0.1:1/backstay');
    expect(redacted('postgres://host/db?password=hunter2')).toBe('postgres://host/db?password=***');
    expect(redacted('hunter2@')).toBe('(not a URL)');
  });
});
