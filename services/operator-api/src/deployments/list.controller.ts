import { Controller, Req } from '@nestjs/common';
import { HttpReply } from '../http/http-reply.ts';
import type { Request } from '../http/exchange.ts';
import { Input, type InputOf } from '../http/input.ts';
import { nextLink } from '../http/page-link.ts';
import { ContractRoute, type ReplyTo } from '../http/contract-route.ts';
import { DeploymentList } from './deployment-list.ts';

@Controller()
export class ListController {
  constructor(private readonly list: DeploymentList) {}

  @ContractRoute('listDeployments')
  async deployments(
    @Input() { query }: InputOf<'listDeployments'>,
    @Req() { url }: Request,
  ): Promise<ReplyTo<'listDeployments'>> {
    const { deployments, next } = await this.list.page(query);
    const text = `{"deployments":[${deployments.join(',')}],"next":${JSON.stringify(next)}}`;
    return HttpReply.storedJson(text, nextLink(url, next));
  }
}
