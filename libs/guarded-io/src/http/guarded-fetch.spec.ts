import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { allowList } from './allow-list.ts';
import { guardedFetch } from './guarded-fetch.ts';

const routes: Record<string, RequestListener> = {
  '/ok': (request, response) => response.setHeader('X-Method', request.method!).end('hello'),
  '/echo': (request, response) => void request.pipe(response),
  '/moved': (_request, response) => response.writeHead(302, { location: '/ok' }).end(),
  '/large': (_request, response) => response.end('x'.repeat(5_000)),
  '/silent': () => undefined,
  '/stalls': (_request, response) => void response.write('first'),
  '/breaks': (request) => void request.socket.destroy(),
};

let server: Server;
let port: number;
beforeAll(async () => {
  server = createServer((request, response) => routes[request.url!.split('?')[0]!]!(request, response));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => {
  server.closeAllConnections();
  return new Promise((done) => server.close(done));
});

const local = (options = {}) => guardedFetch({ allow: ['127.0.0.1:*'], ...options });
const at = (path: string) => `http://127.0.0.1:${port}${path}`;

describe('guardedFetch', () => {
  it('gives status, headers, body, size and latency', async () => {
    expect(await local()(at('/ok'))).toEqual({
      status: 200,
      statusText: 'OK',
      body: 'hello',
      content: Buffer.from('hello'),
      bytes: 5,
      latencyMs: expect.any(Number),
      headers: expect.objectContaining({ 'x-method': 'GET' }),
    });
  });

  it('sends a body', async () => {
    expect(await local()(at('/echo'), { method: 'POST', body: 'ünd' })).toMatchObject({ body: 'ünd', bytes: 4 });
  });

  it('does not follow a redirect', async () => {
    expect(await local()(at('/moved'))).toMatchObject({ status: 302, headers: { location: '/ok' } });
  });

  it('refuses a host that is not listed, and other schemes', async () => {
    const fetch = guardedFetch({ allow: ['api.example.org:443'] });
    await expect(fetch(at('/ok?token=hunter2'))).rejects.toMatchObject({ name: 'NotAllowed', code: 'not-allowed' });
    await expect(fetch(at('/ok?token=hunter2'))).rejects.not.toThrow(/hunter2/);
    await expect(fetch('file:///etc/hosts')).rejects.toMatchObject({ name: 'NotAllowed' });
    await expect(fetch('/relative')).rejects.toMatchObject({ name: 'NotAllowed' });
  });

  it.each(['token@', 'user:password@', 'a@b@', '\\token@'])('refuses a URL that carries %s', async (user) => {
    const failure = local()(`http://${user}127.0.0.1:${port}/ok`);
    await expect(failure).rejects.toThrow(`127.0.0.1:${port}: a URL carries no user name, password or token`);
    await expect(failure).rejects.not.toThrow(/user:|token@/);
  });

  it('refuses a listed name of which any address is loopback, unless that is listed too', async () => {
    const resolve = async () => [
      { address: '192.0.2.1', family: 4 },
      { address: '127.0.0.1', family: 4 },
    ];
    const fetch = guardedFetch({ allow: ['rebound.example.org:*'], resolve });
    await expect(fetch(`http://rebound.example.org:${port}/ok`)).rejects.toMatchObject({ name: 'NotAllowed' });
  });

  it('connects to the address that was checked and resolves once', async () => {
    let asked = 0;
    const resolve = async () => (asked++ === 0 ? [{ address: '127.0.0.1', family: 4 }] : []);
    const fetch = guardedFetch({ allow: ['orders.example.org:*', '127.0.0.1:*'], resolve });
    expect(await fetch(`http://orders.example.org:${port}/ok`)).toMatchObject({ status: 200 });
    expect(asked).toBe(1);
  });

  it.each(['/silent', '/stalls'])('ends at the deadline when %s', async (path) => {
    await expect(local({ deadlineMs: 100 })(at(path))).rejects.toMatchObject({ name: 'TimedOut', deadlineMs: 100 });
  });

  it('ends when the caller says so', async () => {
    const caller = new AbortController();
    const call = local()(at('/silent'), { signal: caller.signal });
    caller.abort();
    await expect(call).rejects.toMatchObject({ name: 'Interrupted' });
    await expect(local()(at('/ok'), { signal: caller.signal })).rejects.toMatchObject({ name: 'Interrupted' });
  });

  it('stops at the largest size', async () => {
    await expect(local({ maxBytes: 4_999 })(at('/large'))).rejects.toMatchObject({ name: 'TooLarge' });
    expect(await local({ maxBytes: 5_000 })(at('/large'))).toMatchObject({ bytes: 5_000 });
  });

  it.each(['255.255.255.255'])('rejects where the system refuses the connection at once, as to %s', async (address) => {
    const fetch = guardedFetch({ allow: ['*:*'], resolve: async () => [{ address, family: 4 }], deadlineMs: 2_000 });
    await expect(fetch('http://orders.example.org/')).rejects.toMatchObject({ name: 'Unreachable' });
  });

  it('rejects what cannot be sent, without its value', async () => {
    const failure = local()(at('/ok'), { headers: { authorization: 'hunter2\n' } });
    await expect(failure).rejects.toMatchObject({ name: 'Unreachable' });
    await expect(failure).rejects.not.toThrow(/hunter2/);
  });

  it('says why a host cannot be reached', async () => {
    await expect(local()(at('/breaks'))).rejects.toMatchObject({ name: 'Unreachable', reason: 'connection reset' });
    await expect(local()('http://127.0.0.1:1/')).rejects.toMatchObject({
      name: 'Unreachable',
      reason: 'connection refused',
    });
    const nowhere = guardedFetch({
      allow: ['nowhere.example.org:80'],
      resolve: () => Promise.reject(Object.assign(new Error(), { code: 'ENOTFOUND' })),
    });
    await expect(nowhere('http://nowhere.example.org/')).rejects.toMatchObject({ reason: 'host name not found' });
  });
});

describe('allowList', () => {
  const permits = (pattern: string, host: string, port: number) => allowList([pattern]).permitsHost(host, port);

  it.each([
    ['api.example.org:443', 'api.example.org', 443, true],
    ['api.example.org:443', 'api.example.org', 80, false],
    ['api.example.org:443', 'api.example.org.evil.test', 443, false],
    ['api.example.org', 'api.example.org', 443, true],
    ['api.example.org', 'api.example.org', 8080, false],
    ['*.internal:8080', 'a.b.internal', 8080, true],
    ['*.internal:8080', 'internal', 8080, false],
    ['*.internal:8080', 'evilinternal', 8080, false],
    ['[::1]:*', '::1', 5, true],
    ['*:*', 'anything.test', 5, true],
    ['', '', 80, false],
  ])('%j permits %s:%i is %s', (pattern, host, asked, expected) => {
    expect(permits(pattern, host, asked)).toBe(expected);
  });

  it.each(['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1', '169.254.169.254', 'fe80::1', '0.0.0.0', '::'])(
    'keeps a wildcard away from %s',
    (address) => {
      expect(allowList(['*:*']).permitsAddress('any.test', address, 80)).toBe(false);
      expect(
        allowList([address.includes(':') ? `[${address}]:80` : `${address}:80`]).permitsAddress(address, address, 80),
      ).toBe(true);
    },
  );

  it('lets localhost lead to loopback when it is listed by name', () => {
    expect(allowList(['localhost:80']).permitsAddress('localhost', '127.0.0.1', 80)).toBe(true);
    expect(allowList(['orders.test:80']).permitsAddress('orders.test', '127.0.0.1', 80)).toBe(false);
  });
});
