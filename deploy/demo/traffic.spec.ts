import { afterEach, describe, expect, it } from 'vitest';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { eventually } from '@backstay/local-platform/testing';
import { startTraffic } from './traffic.mjs';

const login = { user: 'ada', password: 'right', ratePerSecond: 200 };
const servers: Server[] = [];

async function serve(listener: RequestListener, port = 0) {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return { server, port: (server.address() as AddressInfo).port };
}

async function close(server: Server) {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
}

/** Responds until the nth request has come in, and then calls `reached`. */
function serverThat(respond: (path: string, count: number) => { status: number; body?: string }, until: number) {
  let count = 0;
  let reached = () => {};
  const done = new Promise<void>((resolve) => (reached = resolve));
  const paths: string[] = [];
  const listener: RequestListener = (request, response) => {
    const { status, body = '{"token":"t"}' } = respond(request.url!, ++count);
    paths.push(request.url!);
    response.writeHead(status).end(body);
    if (count === until) response.once('close', reached);
  };
  return { listener, paths, done };
}

describe('the traffic', () => {
  afterEach(async () => {
    await Promise.all(servers.splice(0).map(close));
  });

  it('logs in once and then reads', async () => {
    const { listener, paths, done } = serverThat(() => ({ status: 200 }), 5);
    const traffic = startTraffic({ baseUrl: `http://127.0.0.1:${(await serve(listener)).port}`, ...login });
    await done;
    await traffic.stop();
    expect(paths[0]).toBe('/api/auth/login');
    expect(new Set(paths.slice(1))).toEqual(new Set(['/api/data']));
    expect(traffic.counters).toMatchObject({ succeeded: traffic.counters.sent, failed: 0, unanswered: 0 });
  });

  it('counts what fails apart from what is denied, and logs in again when it is', async () => {
    const respond = (_path: string, count: number) => ({ status: count === 2 ? 500 : count === 3 ? 401 : 200 });
    const { listener, paths, done } = serverThat(respond, 6);
    const traffic = startTraffic({
      baseUrl: `http://127.0.0.1:${(await serve(listener)).port}`,
      ...login,
      ratePerSecond: 50,
    });
    await done;
    await traffic.stop();
    expect(traffic.counters).toMatchObject({ failed: 1, denied: 1 });
    expect(paths.filter((path) => path === '/api/auth/login')).toHaveLength(2);
  });

  it('goes on when the service is away for a while', async () => {
    const before = serverThat(() => ({ status: 200 }), 3);
    const { server, port } = await serve(before.listener);
    const traffic = startTraffic({ baseUrl: `http://127.0.0.1:${port}`, ...login });
    await before.done;
    await close(server);
    await eventually(() => traffic.counters.unanswered > 0);
    const after = serverThat(() => ({ status: 200 }), 3);
    await serve(after.listener, port);
    await after.done;
    await traffic.stop();
    expect(traffic.counters.succeeded).toBeGreaterThanOrEqual(5);
  });

  it('tries again when the reply to the login is not a token', async () => {
    const respond = (_path: string, count: number) => ({ status: 200, body: count === 1 ? '<html>' : '{"token":"t"}' });
    const { listener, paths, done } = serverThat(respond, 4);
    const traffic = startTraffic({ baseUrl: `http://127.0.0.1:${(await serve(listener)).port}`, ...login });
    await done;
    await traffic.stop();
    expect(paths.slice(0, 3)).toEqual(['/api/auth/login', '/api/auth/login', '/api/data']);
  });

  it('never has more than twenty requests under way', async () => {
    let open = 0;
    let most = 0;
    const { port } = await serve((request, response) => {
      if (request.url === '/api/auth/login') return void response.end('{"token":"t"}');
      most = Math.max(most, ++open);
      response.once('close', () => (open -= 1));
    });
    const abort = new AbortController();
    const traffic = startTraffic({ baseUrl: `http://127.0.0.1:${port}`, ...login, signal: abort.signal });
    await eventually(() => traffic.counters.skipped > 5);
    abort.abort();
    await Promise.all(servers.splice(0).map(close));
    await traffic.stop();
    expect(most).toBe(20);
  });
});
