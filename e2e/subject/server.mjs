// The service that the journeys deploy: small, without dependencies, and as bad as the test wants it to be.
// `faults.json` beside the data says, by version, which share of requests fails and whether logins work.
import { createHmac } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import process from 'node:process';

const { version, port, state } = JSON.parse(readFileSync(new URL('./release.json', import.meta.url), 'utf8'));
const faults = () =>
  existsSync(`${state}/faults.json`) ? (JSON.parse(readFileSync(`${state}/faults.json`, 'utf8'))[version] ?? {}) : {};
const counts = new Map();
const buckets = [0.05, 0.25, 1];
let requests = 0;

const base64url = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
function token() {
  const unsigned = `${base64url({ alg: 'HS256', typ: 'JWT' })}.${base64url({ sub: 'smoke' })}`;
  return `${unsigned}.${createHmac('sha256', process.env.API_KEY ?? '')
    .update(unsigned)
    .digest('base64url')}`;
}

function metrics() {
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  return [
    '# TYPE http_requests_total counter',
    ...[...counts].map(([status, count]) => `http_requests_total{status="${status}"} ${count}`),
    '# TYPE http_request_duration_seconds histogram',
    ...[...buckets, '+Inf'].map((le) => `http_request_duration_seconds_bucket{le="${le}"} ${total}`),
    `http_request_duration_seconds_sum ${total * 0.01}`,
    `http_request_duration_seconds_count ${total}`,
    '# TYPE process_cpu_seconds_total counter',
    `process_cpu_seconds_total ${process.cpuUsage().user / 1e6}`,
    '# TYPE process_resident_memory_bytes gauge',
    `process_resident_memory_bytes ${process.memoryUsage().rss}`,
    '',
  ].join('\n');
}

function replyTo(path) {
  if (path === '/health') return faults().unhealthy ? [503, { status: 'broken' }] : [200, { status: 'ok' }];
  if (path === '/version') return [200, { version }];
  if (path === '/metrics') return [200, metrics()];
  if (path === '/api/auth/login' && faults().loginIsEmpty) return [200, {}];
  if (path === '/api/auth/login')
    return faults().loginFails ? [500, { error: 'no login today' }] : [200, { token: token() }];
  requests += 1;
  const every = faults().failEvery;
  return every !== undefined && requests % every === 0
    ? [500, { error: 'every now and then' }]
    : [200, { items: [{ id: 1 }] }];
}

const server = createServer((request, response) => {
  const path = new URL(request.url, 'http://subject').pathname;
  const [status, body] = replyTo(path);
  if (path.startsWith('/api/')) counts.set(status, (counts.get(status) ?? 0) + 1);
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  response
    .writeHead(status, { 'content-type': typeof body === 'string' ? 'text/plain' : 'application/json' })
    .end(text);
});
server.listen(port, '127.0.0.1', () =>
  appendFileSync(`${state}/starts.log`, `${version} ${process.env.LOG_LEVEL ?? ''}\n`),
);
process.on('SIGTERM', () => server.close(() => process.exit(0)));
