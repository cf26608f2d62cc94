import { Controller, Req } from '@nestjs/common';
import { AskedBy, type Asked } from '../deployments/asked.ts';
import { Answer } from '../http/answer.ts';
import type { Request } from '../http/exchange.ts';
import { Input, type InputOf } from '../http/input.ts';
import { nextLink } from '../http/page-link.ts';
import { Serves } from '../http/serves.ts';
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

  @Serves('listEnvironments')
  async list(@Input() { query }: InputOf<'listEnvironments'>, @Req() { url }: Request): Promise<Answer> {
    const page = await this.fleet.page(query);
    return new Answer(page, nextLink(url, page.next));
  }

  @Serves('getEnvironment')
  async get(@Input() { params }: InputOf<'getEnvironment'>): Promise<object> {
    return this.fleet.one(params.service, params.environment);
  }

  @Serves('adopt')
  async adopt(
    @Input() { params: { service, environment }, body: { version, reason = 'it runs already' } }: InputOf<'adopt'>,
    @AskedBy() asked: Asked,
  ): Promise<Answer> {
    await this.environments.do(
      service,
      environment,
      { type: 'RequestAdoption', version, by: asked.by.name, reason, at: asked.at },
      asked,
    );
    return this.#reply(service, environment);
  }

  @Serves('liftQuarantine')
  async lift(
    @Input() { params: { service, environment }, body: { version, reason } }: InputOf<'liftQuarantine'>,
    @AskedBy() asked: Asked,
  ): Promise<Answer> {
    await this.environments.lift(service, environment, version, reason, asked);
    return this.#reply(service, environment);
  }

  async #reply(service: string, environment: string): Promise<Answer> {
    const location = `/v1/services/${encodeURIComponent(service)}/environments/${encodeURIComponent(environment)}`;
    const visible = await this.visibility.headerFor(await this.environments.history(service, environment));
    return new Answer(await this.fleet.one(service, environment), { location, ...visible });
  }
}
