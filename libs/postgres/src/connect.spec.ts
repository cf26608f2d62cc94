import { createServer, type AddressInfo, type Socket } from 'node:net';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { clientLike, connect, redacted, type Pool } from './connect.ts';
import { isTransient } from './faults.ts';

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

describe('a server that takes connections and says nothing', () => {
  it.each([
    ['a pool', (pool: Pool) => pool.query('SELECT 1')],
    ['a full pool', (pool: Pool) => [pool.query('SELECT 1').catch(() => undefined), pool.query('SELECT 1')][1]],
    ['a connection outside the pool', (pool: Pool) => clientLike(pool).connect()],
  ])('may respond later: what %s reports is known to pass', async (_, ask) => {
    const sockets: Socket[] = [];
    const server = createServer((socket) => void sockets.push(socket));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const pool = connect({ url: `postgres://ann@127.0.0.1:${port}/backstay`, max: 1, connectTimeoutMs: 20 });
    try {
      const error = await Promise.resolve(ask(pool)).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(Error);
      expect([String(error), isTransient(error)]).toEqual([String(error), true]);
    } finally {
      await pool.end();
      for (const socket of sockets) socket.destroy();
      server.close();
    }
  });
});

describe('a URL to be shown', () => {
  it('has no password', () => {
    expect(redacted(url)).toBe('postgres://ann:***@127.0.0.1:1/backstay');
    expect(redacted('postgres://host/db?password=hunter2')).toBe('postgres://host/db?password=***');
    expect(redacted('hunter2@')).toBe('(not a URL)');
  });
});
