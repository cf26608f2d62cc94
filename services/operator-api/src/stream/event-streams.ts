import { once } from 'node:events';
import { Inject, Injectable } from '@nestjs/common';
import { Closing, PLATFORM, type Platform } from '@backstay/service-kit';
import { Overloaded, type Reply, type Request } from '@backstay/service-kit/http';

/** Text in the format of `text/event-stream`, as it comes, until the signal ends it. */
export type Frames = (signal: AbortSignal) => AsyncIterable<string>;

/** Each stream reads for itself, so their number has a bound. */
const streamsAtMost = 200;
const contentType = 'text/event-stream; charset=utf-8';
const heartbeatMs = 15_000;

/** Sends streams as text/event-stream until they end, their client leaves or the service closes; the one place that counts them. */
@Injectable()
export class EventStreams {
  #open = 0;

  constructor(
    private readonly closing: Closing,
    @Inject(PLATFORM) private readonly platform: Pick<Platform, 'logger'>,
  ) {}

  /** Resolves when the reply has begun. @throws {Overloaded} @throws what `open` throws */
  async reply({ raw: { method } }: Request, reply: Reply, open: () => Promise<Frames>): Promise<void> {
    if (this.#open >= streamsAtMost) throw new Overloaded(`${streamsAtMost} streams are open already`);
    this.#open += 1;
    const gone = new AbortController();
    reply.raw.once('close', () => gone.abort());
    let sending = Promise.resolve();
    try {
      const frames = await open();
      // Who asks for the headers alone has them, and takes no place of those who listen.
      if (method === 'HEAD') reply.header('content-type', contentType).send();
      else sending = send(frames, reply, AbortSignal.any([gone.signal, this.closing.signal]));
    } finally {
      void sending
        .catch((error: unknown) => this.platform.logger.warn({ err: error }, 'a stream of events broke'))
        .finally(() => (this.#open -= 1));
    }
  }
}

/** No faster than it is read. */
async function send(frames: Frames, reply: Reply, signal: AbortSignal): Promise<void> {
  const { raw } = reply.hijack();
  // Without a further request on it the connection ends with the stream, and holds up no shutdown.
  const headers = {
    'content-type': contentType,
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
    connection: 'close',
  };
  raw.writeHead(reply.statusCode, headers);
  raw.write('retry: 1000\n\n');
  const heartbeat = setInterval(() => raw.write(': still here\n\n'), heartbeatMs);
  try {
    for await (const text of frames(signal)) if (!raw.write(text)) await drained(raw, signal);
  } finally {
    clearInterval(heartbeat);
    raw.end();
  }
}

async function drained(raw: Reply['raw'], signal: AbortSignal): Promise<void> {
  await once(raw, 'drain', { signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}
