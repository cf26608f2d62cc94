import { Controller, Req } from '@nestjs/common';
import { HttpReply, mediaTypes } from '../http/http-reply.ts';
import type { Request } from '../http/exchange.ts';
import { Input, type InputOf } from '../http/input.ts';
import { nextLink } from '../http/page-link.ts';
import { ContractRoute } from '../http/contract-route.ts';
import { DeploymentList } from './deployment-list.ts';

@Controller()
export class ListController {
  constructor(private readonly list: DeploymentList) {}

  @ContractRoute('listDeployments')
  async deployments(@Input() { query }: InputOf<'listDeployments'>, @Req() { url }: Request): Promise<HttpReply> {
    const { deployments, next } = await this.list.page(query);
    const text = `{"deployments":[${deployments.join(',')}],"next":${JSON.stringify(next)}}`;
    return new HttpReply(text, { 'content-type': mediaTypes.json, ...nextLink(url, next) });
  }
}
