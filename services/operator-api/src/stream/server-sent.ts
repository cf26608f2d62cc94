import { once } from 'node:events';
import type { SharedSubscription } from '@backstay/event-sourcing';
import type { Reply } from '../http/exchange.ts';
import { frameOf, type Feed } from './event-feed.ts';

export const eventStream = 'text/event-stream; charset=utf-8';
const heartbeatMs = 15_000;

/** Writes a feed as text/event-stream until the signal ends it, no faster than it is read. */
export async function sendFeed(
  feed: Feed,
  events: Pick<SharedSubscription, 'subscribe'>,
  reply: Reply,
  signal: AbortSignal,
): Promise<void> {
  const { raw } = reply.hijack();
  // Without a further request on it the connection ends with the stream, and holds up no shutdown.
  const headers = {
    'content-type': eventStream,
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
    connection: 'close',
  };
  raw.writeHead(reply.statusCode, headers);
  raw.write('retry: 1000\n\n');
  const heartbeat = setInterval(() => raw.write(': still here\n\n'), heartbeatMs);
  try {
    await write(feed, events, raw, signal);
  } finally {
    clearInterval(heartbeat);
    raw.end();
  }
}

async function write(
  { head, ...feed }: Feed,
  events: Pick<SharedSubscription, 'subscribe'>,
  raw: Reply['raw'],
  signal: AbortSignal,
): Promise<void> {
  for (const event of head) raw.write(frameOf(event));
  for await (const batch of events.subscribe({ ...feed, signal })) {
    if (!raw.write(batch.map(frameOf).join(''))) await drained(raw, signal);
  }
}

async function drained(raw: Reply['raw'], signal: AbortSignal): Promise<void> {
  await once(raw, 'drain', { signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}
