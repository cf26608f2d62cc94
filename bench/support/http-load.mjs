import { once } from 'node:events';
import { connect } from 'node:net';

/**
 * Requests one URL over and over on so many connections, with as little work of its own as possible.
 * @returns {Promise<number>} replies per second; an error for any reply but 200
 */
export async function repliesPerSecond(url, { connections = 32, forMs }) {
  const { hostname, port, pathname, search, host } = new URL(url);
  const request = `GET ${pathname}${search} HTTP/1.1\r\nhost: ${host}\r\n\r\n`;
  const begun = performance.now();
  const counts = await Promise.all(
    Array.from({ length: connections }, () =>
      keepAsking({ hostname, port: Number(port), request, until: begun + forMs }),
    ),
  );
  return (counts.reduce((all, count) => all + count, 0) / (performance.now() - begun)) * 1000;
}

async function keepAsking({ hostname, port, request, until }) {
  const socket = connect(port, hostname).setNoDelay();
  const failure = once(socket, 'error').then(([error]) => Promise.reject(error));
  failure.catch(() => undefined);
  try {
    let count = 0;
    for (; performance.now() < until; count += 1) await Promise.race([exchange(socket, request), failure]);
    return count;
  } finally {
    socket.destroy();
  }
}

/** Sends the request and reads one reply to its end, which its content-length gives. */
function exchange(socket, request) {
  return new Promise((resolve, reject) => {
    let received = 0;
    let expected;
    const take = (chunk) => {
      received += chunk.length;
      expected ??= completeLength(chunk);
      if (expected instanceof Error) reject(expected);
      else if (received < expected) return;
      socket.off('data', take);
      resolve();
    };
    socket.on('data', take);
    socket.write(request);
  });
}

function completeLength(chunk) {
  const text = chunk.toString('latin1');
  const end = text.indexOf('\r\n\r\n');
  const head = text.slice(0, end);
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
  if (end < 0 || length === undefined || !head.startsWith('HTTP/1.1 200'))
    return new Error(`unexpected reply: ${text.slice(0, 200)}`);
  return end + 4 + Number(length);
}
