import { Controller, Headers, Inject, Req, Res } from '@nestjs/common';
import { Overloaded } from '../http/errors.ts';
import type { Reply, Request } from '../http/exchange.ts';
import { Input, type InputOf } from '../http/input.ts';
import { ContractRoute } from '../http/contract-route.ts';
import { Closing, PLATFORM, type Platform } from '@backstay/service-kit';
import { EventFeeds } from './event-feed.ts';
import { eventStream, sendFeed } from './server-sent.ts';

/** Each feed reads for itself, so their number has a bound. */
const feedsAtMost = 200;

@Controller()
export class StreamController {
  #open = 0;

  constructor(
    private readonly feeds: EventFeeds,
    private readonly closing: Closing,
    @Inject(PLATFORM) private readonly platform: Platform,
  ) {}

  @ContractRoute('streamEvents')
  async stream(
    @Input() { query: { deployment, after } }: InputOf<'streamEvents'>,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Req() { raw }: Request,
    @Res() reply: Reply,
  ): Promise<void> {
    if (this.#open >= feedsAtMost) throw new Overloaded(`${feedsAtMost} streams are open already`);
    const feed = await this.feeds.open({ deployment, after, lastEventId });
    // Who asks for the headers alone has them, and takes no place of those who listen.
    if (raw.method === 'HEAD') return void reply.header('content-type', eventStream).send();
    const gone = new AbortController();
    raw.once('close', () => gone.abort());
    this.#open += 1;
    sendFeed(feed, this.platform.events, reply, AbortSignal.any([gone.signal, this.closing.signal]))
      .catch((error: unknown) => this.platform.logger.warn({ err: error }, 'a stream of events broke'))
      .finally(() => (this.#open -= 1));
  }
}
