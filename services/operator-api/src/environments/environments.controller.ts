import { routes, urlOf } from '@backstay/api-contract';
import { Controller, Req } from '@nestjs/common';
import type { FleetEntry } from '@backstay/projections';
import { HttpReply, Input, type InputOf, type ReplyTo, type Request } from '@backstay/service-kit/http';
import { AskedBy, type Asked } from '../deployments/asked.ts';
import { nextLink } from '../http/page-link.ts';
import { ContractRoute } from '../http/contract-route.ts';
import { Visibility } from '../run/visibility.ts';
import { Environments } from './environments.ts';
import { Fleet } from './fleet.ts';

@Controller()
export class EnvironmentsController {
  constructor(
    private readonly environments: Environments,
    private readonly fleet: Fleet,
    private readonly visibility: Visibility,
  ) {}

  @ContractRoute('listEnvironments')
  async list(
    @Input() { query }: InputOf<'listEnvironments'>,
    @Req() { url }: Request,
  ): Promise<ReplyTo<'listEnvironments'>> {
    const page = await this.fleet.page(query);
    return new HttpReply(page, nextLink(url, page.next));
  }

  @ContractRoute('getEnvironment')
  async get(@Input() { params }: InputOf<'getEnvironment'>): Promise<ReplyTo<'getEnvironment'>> {
    return this.fleet.one(params.service, params.environment);
  }

  @ContractRoute('adopt')
  async adopt(
    @Input() { params: { service, environment }, body: { version, reason = 'it runs already' } }: InputOf<'adopt'>,
    @AskedBy() asked: Asked,
  ): Promise<ReplyTo<'adopt'>> {
    await this.environments.do(
      service,
      environment,
      { type: 'RequestAdoption', version, by: asked.by.name, reason, at: asked.at },
      asked,
    );
    return this.#reply(service, environment);
  }

  @ContractRoute('liftQuarantine')
  async lift(
    @Input() { params: { service, environment }, body: { version, reason } }: InputOf<'liftQuarantine'>,
    @AskedBy() asked: Asked,
  ): Promise<ReplyTo<'liftQuarantine'>> {
    await this.environments.lift(service, environment, version, reason, asked);
    return this.#reply(service, environment);
  }

  async #reply(service: string, environment: string): Promise<HttpReply<FleetEntry>> {
    const location = urlOf(routes.getEnvironment, { params: { service, environment } });
    const visible = await this.visibility.headerFor(await this.environments.history(service, environment));
    return new HttpReply(await this.fleet.one(service, environment), { location, ...visible });
  }
}
