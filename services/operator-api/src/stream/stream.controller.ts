import { Controller, Headers, Inject, Query, Req, Res } from '@nestjs/common';
import type { z } from 'zod';
import { Overloaded } from '../http/errors.ts';
import type { Reply, Request } from '../http/exchange.ts';
import { streamQuery } from '../http/inputs.ts';
import { Serves } from '../http/serves.ts';
import { valid } from '../http/valid.ts';
import { CLOSING, PLATFORM } from '../tokens.ts';
import type { Platform } from '@backstay/service-kit';
import { EventFeeds } from './event-feed.ts';
import { sendFeed } from './server-sent.ts';

/** Each feed reads for itself, so their number has a bound. */
const feedsAtMost = 200;

@Controller()
export class StreamController {
  #open = 0;

  constructor(
    private readonly feeds: EventFeeds,
    @Inject(CLOSING) private readonly closing: AbortSignal,
    @Inject(PLATFORM) private readonly platform: Platform,
  ) {}

  @Serves('streamEvents')
  async stream(
    @Query(valid(streamQuery, 'parameter')) { deployment, after }: z.infer<typeof streamQuery>,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Req() { raw }: Request,
    @Res() reply: Reply,
  ): Promise<void> {
    if (this.#open >= feedsAtMost) throw new Overloaded(`${feedsAtMost} streams are open already`);
    const feed = await this.feeds.open(deployment, lastEventId ?? after);
    const gone = new AbortController();
    raw.once('close', () => gone.abort());
    this.#open += 1;
    sendFeed(feed, this.platform.events, reply, AbortSignal.any([gone.signal, this.closing]))
      .catch((error: unknown) => this.platform.logger.warn({ err: error }, 'a stream of events broke'))
      .finally(() => (this.#open -= 1));
  }
}
