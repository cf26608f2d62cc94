/** Steady traffic on the demo's service, as one busy person would make it. */
import { Agent, request as send } from 'node:http';

const TIMEOUT_MS = 5_000;
const AT_ONCE = 20;

/**
 * @typedef {object} Counters
 * @property {number} sent requests that were begun, log-ins among them
 * @property {number} succeeded with status 2xx
 * @property {number} failed with status 5xx
 * @property {number} denied with any other status
 * @property {number} unanswered refused, reset or timed out, as during a restart
 * @property {number} skipped not begun, because too many were under way
 */

/**
 * Logs in once, then reads the notes at a steady rate over kept connections; logs in again when the token has expired.
 * @param {object} request
 * @param {string} request.baseUrl
 * @param {string} request.user
 * @param {string} request.password
 * @param {number} [request.ratePerSecond]
 * @param {AbortSignal} [request.signal] stops the traffic
 * @throws when `baseUrl` is no URL
 * @returns {{counters: Counters, stop: () => Promise<void>}} the counters go on changing; `stop` resolves when all is quiet
 */
export function startTraffic({ baseUrl, user, password, ratePerSecond = 20, signal }) {
  const base = new URL(baseUrl);
  const counters = { sent: 0, succeeded: 0, failed: 0, denied: 0, unanswered: 0, skipped: 0 };
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  const underWay = new Set();
  let token;
  let loggingIn = false;

  const timer = setInterval(sendRead, 1_000 / ratePerSecond);
  const leave = () => {
    stop().catch(() => undefined);
  };
  signal?.addEventListener('abort', leave, { once: true });
  if (signal?.aborted) leave();
  return { counters, stop };

  function sendRead() {
    if (underWay.size >= AT_ONCE || loggingIn) {
      counters.skipped += 1;
      return;
    }
    const act = (token === undefined ? logIn() : read()).finally(() => underWay.delete(act));
    underWay.add(act);
  }

  async function logIn() {
    loggingIn = true;
    const body = JSON.stringify({ user, password });
    const response = await exchange('POST', '/api/auth/login', { 'content-type': 'application/json' }, body);
    if (response?.status === 200) token = tokenIn(response.body);
    loggingIn = false;
  }

  async function read() {
    const response = await exchange('GET', '/api/data', { authorization: `Bearer ${token}` });
    if (response?.status === 401) token = undefined;
  }

  async function exchange(method, path, headers, body) {
    counters.sent += 1;
    const response = await call(new URL(path, base), { method, headers, agent, timeout: TIMEOUT_MS }, body).catch(
      () => null,
    );
    counters[outcome(response)] += 1;
    return response;
  }

  async function stop() {
    clearInterval(timer);
    await Promise.all(underWay);
    agent.destroy();
  }
}

function tokenIn(body) {
  try {
    return JSON.parse(body).token;
  } catch {
    return undefined;
  }
}

function outcome(response) {
  if (response === null) return 'unanswered';
  if (response.status >= 200 && response.status < 300) return 'succeeded';
  return response.status >= 500 ? 'failed' : 'denied';
}

/** @returns {Promise<{status: number, body: string}>} */
function call(url, options, body) {
  return new Promise((resolve, reject) => {
    const request = send(url, options, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => resolve({ status: response.statusCode, body: Buffer.concat(chunks).toString() }));
      response.on('error', reject);
    });
    request.on('timeout', () => request.destroy(new Error('timed out')));
    request.on('error', reject);
    request.end(body);
  });
}
