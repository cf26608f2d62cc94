import { headerNames } from '@backstay/api-contract';
import { Controller, Inject, Req, Res } from '@nestjs/common';
import { PLATFORM, type Platform } from '@backstay/service-kit';
import { Input, type InputOf, type Reply, type Request } from '@backstay/service-kit/http';
import { ContractRoute } from '../http/contract-route.ts';
import { EventFeeds, framesOf } from './event-feed.ts';
import { EventStreams } from './event-streams.ts';

@Controller()
export class StreamController {
  constructor(
    private readonly feeds: EventFeeds,
    private readonly streams: EventStreams,
    @Inject(PLATFORM) private readonly platform: Platform,
  ) {}

  @ContractRoute('streamEvents')
  async stream(
    @Input() { query: { deployment, after }, headers }: InputOf<'streamEvents'>,
    @Req() request: Request,
    @Res() reply: Reply,
  ): Promise<void> {
    await this.streams.reply(request, reply, async () => {
      const feed = await this.feeds.open({ deployment, after, lastEventId: headers[headerNames.lastEventId] });
      return (signal) => framesOf(feed, this.platform.events, signal);
    });
  }
}
