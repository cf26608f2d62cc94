import { Controller, Req } from '@nestjs/common';
import { HttpReply, Input, type InputOf, type ReplyTo, type Request } from '@backstay/service-kit/http';
import { nextLink } from '../http/page-link.ts';
import { ContractRoute } from '../http/contract-route.ts';
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
