import { Controller, Req } from '@nestjs/common';
import { deploymentSummary, environmentView, steps, why } from '@backstay/projections';
import { ViewStore } from '@backstay/postgres';
import { auditOf } from '../deployments/audit-entries.ts';
import { Criteria } from '../deployments/criteria.ts';
import { DeploymentList, summariesOf } from '../deployments/deployment-list.ts';
import { Deployments, type Audited } from '../deployments/deployments.ts';
import { Fleet } from '../environments/fleet.ts';
import { HttpReply, mediaTypes, type OtherMedia } from '../http/http-reply.ts';
import { NotFound } from '../http/errors.ts';
import type { Request } from '../http/exchange.ts';
import { Input, type InputOf } from '../http/input.ts';
import { withCursor } from '../http/page-link.ts';
import { ContractRoute, type ReplyTo } from '../http/contract-route.ts';
import { brokenPage, deploymentPage } from './deployment-page.ts';
import { environmentsPage } from './environments-page.ts';
import { listPage } from './list-page.ts';
import { script } from './script.ts';
import { style } from './style.ts';

/** Plain pages for whoever has nothing but a browser. */
@Controller()
export class PageController {
  constructor(
    private readonly list: DeploymentList,
    private readonly deployments: Deployments,
    private readonly criteria: Criteria,
    private readonly fleet: Fleet,
    private readonly views: ViewStore,
  ) {}

  @ContractRoute('listPage')
  async all(@Input() { query }: InputOf<'listPage'>, @Req() { url }: Request): Promise<ReplyTo<'listPage'>> {
    // First, so that the list has at least what stands before it.
    const shown = await this.views.checkpoint(deploymentSummary.name);
    const found = await this.list.page(query);
    const next = found.next === null ? undefined : withCursor(url, found.next);
    return asPage(listPage(summariesOf(found), next, shown));
  }

  @ContractRoute('environmentsPage')
  async environments(): Promise<ReplyTo<'environmentsPage'>> {
    const shown = await this.views.checkpoint(environmentView.name);
    return asPage(environmentsPage(await this.fleet.all(), shown));
  }

  @ContractRoute('deploymentPage')
  async one(
    @Input() { params: { id }, query: { asOf } }: InputOf<'deploymentPage'>,
  ): Promise<ReplyTo<'deploymentPage'>> {
    const audited = await this.deployments.audited(id, asOf);
    const { firstBroken } = audited;
    const page = this.#pageOf(id, audited, asOf);
    if (firstBroken === null) return asPage(await page);
    // The alarm must be seen even where the changed events make no sense any more.
    return asPage(await page.catch(() => brokenPage(id, auditOf(audited), firstBroken)));
  }

  @ContractRoute('pageStyle')
  style(): ReplyTo<'pageStyle'> {
    return HttpReply.media(mediaTypes.css, style);
  }

  @ContractRoute('pageScript')
  script(): ReplyTo<'pageScript'> {
    return HttpReply.media(mediaTypes.script, script);
  }

  async #pageOf(id: string, audited: Audited, asOf: string | undefined): Promise<string> {
    const { history, firstBroken } = audited;
    const [summary, chain] = [await this.deployments.summary(history, asOf), why(history)];
    if (summary === null || chain === null) throw new NotFound(`there is no deployment ${id}`);
    return deploymentPage({
      summary,
      why: chain,
      steps: steps(history),
      ...(await this.criteria.withDocument(history, asOf)),
      audit: auditOf(audited),
      firstBroken,
      asOf,
    });
  }
}

const asPage = (text: string): HttpReply<OtherMedia> => HttpReply.media(mediaTypes.html, text);
