/** The HTTP surface: routes in, JSON out, every answer counted. */
import { readJson } from './body.mjs';
import { issueToken, readToken } from './token.mjs';

const reply = (status, body) => ({ status, body });

export function createApp({ notes, users, database, cache, metrics, log, release, key }) {
  let draining = false;

  const routes = {
    'POST /api/auth/login': login,
    'GET /api/data': data,
    'GET /health': health,
    'GET /version': async () => reply(200, release),
  };

  async function login(request) {
    const body = await readJson(request);
    if (typeof body?.user !== 'string' || typeof body.password !== 'string') {
      return reply(400, { error: 'expected {"user": string, "password": string}' });
    }
    if (!(await users.isKnown(body.user, body.password))) return reply(401, { error: 'wrong user or password' });
    return reply(200, { token: issueToken({ user: body.user, key, now: Date.now() }) });
  }

  async function data(request) {
    const [, token] = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '') ?? [];
    const claims = token === undefined ? null : readToken({ token, key, now: Date.now() });
    if (claims === null) return reply(401, { error: 'log in first' });
    const page = await notes.page(claims.jti);
    return reply(200, { items: page.items, count: page.items.length });
  }

  async function health() {
    const connected = await database.query('SELECT 1').then(
      () => true,
      () => false,
    );
    const state = {
      status: connected ? 'ok' : 'failing',
      database: connected ? 'connected' : 'away',
      cache: cache.state(),
    };
    return reply(connected ? 200 : 503, state);
  }

  async function perform(route, request) {
    try {
      return await (routes[route]?.(request) ?? reply(404, { error: 'no such route' }));
    } catch (error) {
      log.error('a request failed', { route, error: error.message });
      return reply(500, { error: 'internal error' });
    }
  }

  function send(response, { status, body }) {
    const text = JSON.stringify(body);
    response.writeHead(status, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
      ...(draining && { connection: 'close' }),
    });
    response.end(text);
  }

  async function sendMetrics(response) {
    response.writeHead(200, { 'content-type': metrics.contentType });
    response.end(await metrics.text());
  }

  async function handle(request, response) {
    const { pathname } = new URL(request.url, 'http://localhost');
    // Scraping is not traffic: it would thin out every rate.
    if (pathname === '/metrics') return sendMetrics(response);
    const began = process.hrtime.bigint();
    const route = `${request.method} ${pathname}`;
    const result = await perform(route, request);
    send(response, result);
    const labels = { method: request.method, route: routes[route] ? pathname : 'other', status: result.status };
    metrics.record(labels, Number(process.hrtime.bigint() - began) / 1e9);
  }

  return { handle, drain: () => (draining = true) };
}
