/** What surrounds the service in a real place: balancer, CDN, monitoring, a third party's API, a dashboard, two pagers. */
import { createServer } from 'node:http';

const PROBES = new Set(['/load-balancer', '/cdn', '/monitoring', '/external-api']);
const DASHBOARD = '/dashboards/notes-api';
const CHANNELS = new Set(['team', 'on-call']);
const KEPT_NOTICES = 1_000;
const NOTICE_BYTES = 256 * 1024;

/**
 * @typedef {{channel: 'team' | 'on-call', body: string}} Notice
 * @typedef {{url: string, notices: Notice[], close: () => Promise<void>}} ExternalServices `notices` grows, oldest first
 */

/**
 * @param {{port?: number, onNotice?: (notice: Notice) => void}} [options] port 0, the default, takes a free one
 * @returns {Promise<ExternalServices>}
 */
export async function startExternalServices({ port = 0, onNotice = () => {} } = {}) {
  const notices = [];
  const server = createServer((request, response) => {
    respond(request, record).then(
      ({ status, type = 'application/json', body = '' }) =>
        response.writeHead(status, { 'content-type': type }).end(body),
      () => response.destroy(),
    );
  });
  await new Promise((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  const { port: bound } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return { url: `http://127.0.0.1:${bound}`, notices, close: () => close(server) };

  function record(notice) {
    notices.push(notice);
    if (notices.length > KEPT_NOTICES) notices.shift();
    onNotice(notice);
  }
}

async function respond(request, record) {
  const { pathname } = new URL(request.url, 'http://localhost');
  const [, channel] = /^\/hooks\/([a-z-]+)$/.exec(pathname) ?? [];
  if (request.method === 'POST' && CHANNELS.has(channel)) {
    record({ channel, body: await readText(request) });
    return { status: 204 };
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') return { status: 405 };
  if (PROBES.has(pathname)) return { status: 200, body: '{"status":"ok"}' };
  if (pathname === DASHBOARD)
    return { status: 200, type: 'text/html', body: '<!doctype html><title>notes-api</title>' };
  return { status: 404 };
}

async function readText(request) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > NOTICE_BYTES) throw new Error('the notice is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function close(server) {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  return closed;
}
