import { Controller, Req } from '@nestjs/common';
import { Answer, mediaTypes } from '../http/answer.ts';
import type { Request } from '../http/exchange.ts';
import { Input, type InputOf } from '../http/input.ts';
import { nextLink } from '../http/page-link.ts';
import { Serves } from '../http/serves.ts';
import { DeploymentList } from './deployment-list.ts';

@Controller()
export class ListController {
  constructor(private readonly list: DeploymentList) {}

  @Serves('listDeployments')
  async deployments(@Input() { query }: InputOf<'listDeployments'>, @Req() { url }: Request): Promise<Answer> {
    const { deployments, next } = await this.list.page(query);
    const text = `{"deployments":[${deployments.join(',')}],"next":${JSON.stringify(next)}}`;
    return new Answer(text, { 'content-type': mediaTypes.json, ...nextLink(url, next) });
  }
}
