import { setTimeout as pause } from 'node:timers/promises';
import { Controller, Inject, Req, Res } from '@nestjs/common';
import { headerNames, requestTo, routes, type PreparedRequest } from '@backstay/api-contract';
import { PLATFORM, type Platform } from '@backstay/service-kit';
import {
  HttpReply,
  Input,
  type InputOf,
  mediaTypes,
  type OtherMedia,
  type Reply,
  type ReplyTo,
  type Request,
} from '@backstay/service-kit/http';
import { ContractRoute } from '../http/contract-route.ts';
import { EventStreams } from '../stream/event-streams.ts';
import { page, type View } from './html.ts';
import { changeFrames, shownBy, type OpenPage } from './open-page.ts';
import { Pages } from './pages.ts';
import { script } from './script.ts';
import { style } from './style.ts';

/** How often pages load themselves again where no script runs, in seconds. */
const refreshSeconds = { list: 10, deployment: 5 };

/** The least time between two changes of an open page. */
const restMs = 1_000;

const rest = (signal: AbortSignal): Promise<unknown> => pause(restMs, undefined, { signal }).catch(() => undefined);

/** Plain pages for whoever has nothing but a browser, and what changes on them. */
@Controller()
export class PageController {
  constructor(
    private readonly pages: Pages,
    private readonly streams: EventStreams,
    @Inject(PLATFORM) private readonly platform: Pick<Platform, 'events' | 'digest'>,
  ) {}

  @ContractRoute('listPage')
  async all(@Input() { query }: InputOf<'listPage'>): Promise<ReplyTo<'listPage'>> {
    const view = await this.pages.all(query);
    const changes = (shown: string) => requestTo(routes, 'listPageChanges', { query: { ...query, shown } });
    return this.#reply(view, changes, refreshSeconds.list);
  }

  @ContractRoute('environmentsPage')
  async environments(): Promise<ReplyTo<'environmentsPage'>> {
    const changes = (shown: string) => requestTo(routes, 'environmentsPageChanges', { query: { shown } });
    return this.#reply(await this.pages.environments(), changes, refreshSeconds.list);
  }

  @ContractRoute('deploymentPage')
  async one(@Input() { params, query: { asOf } }: InputOf<'deploymentPage'>): Promise<ReplyTo<'deploymentPage'>> {
    const view = await (await this.pages.openDeployment(params.id, asOf)).view();
    const changes = (shown: string) => requestTo(routes, 'deploymentPageChanges', { params, query: { shown } });
    return this.#reply(view, changes, refreshSeconds.deployment);
  }

  @ContractRoute('listPageChanges')
  async allChanges(
    @Input() { query: { shown, ...query }, headers }: InputOf<'listPageChanges'>,
    @Req() request: Request,
    @Res() reply: Reply,
  ): Promise<void> {
    await this.#follow(() => this.pages.openAll(query), headers[headerNames.lastEventId] ?? shown, request, reply);
  }

  @ContractRoute('environmentsPageChanges')
  async environmentsChanges(
    @Input() { query: { shown }, headers }: InputOf<'environmentsPageChanges'>,
    @Req() request: Request,
    @Res() reply: Reply,
  ): Promise<void> {
    await this.#follow(() => this.pages.openEnvironments(), headers[headerNames.lastEventId] ?? shown, request, reply);
  }

  @ContractRoute('deploymentPageChanges')
  async oneChanges(
    @Input() { params: { id }, query: { shown }, headers }: InputOf<'deploymentPageChanges'>,
    @Req() request: Request,
    @Res() reply: Reply,
  ): Promise<void> {
    await this.#follow(() => this.pages.openDeployment(id), headers[headerNames.lastEventId] ?? shown, request, reply);
  }

  @ContractRoute('pageStyle')
  style(): ReplyTo<'pageStyle'> {
    return HttpReply.media(mediaTypes.css, style);
  }

  @ContractRoute('pageScript')
  script(): ReplyTo<'pageScript'> {
    return HttpReply.media(mediaTypes.script, script);
  }

  #reply(view: View, changes: (shown: string) => PreparedRequest, refreshSeconds: number): HttpReply<OtherMedia> {
    const live = { changes: changes(shownBy(view, this.platform.digest)).url, refreshSeconds };
    return HttpReply.media(mediaTypes.html, page(view, view.goesOn ? live : undefined));
  }

  #follow(open: () => Promise<OpenPage>, shown: string | undefined, request: Request, reply: Reply): Promise<void> {
    const { events, digest } = this.platform;
    return this.streams.reply(request, reply, async () => {
      const opened = await open();
      return (signal) => changeFrames(opened, shown, { events, digest, rest }, signal);
    });
  }
}
