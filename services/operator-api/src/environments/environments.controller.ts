import { Body, Controller, Param, Query, Req } from '@nestjs/common';
import { AskedBy, type Asked } from '../deployments/asked.ts';
import { Answer } from '../http/answer.ts';
import type { Request } from '../http/exchange.ts';
import { adoptBody, environmentsQuery, liftBody } from '../http/inputs.ts';
import { nextLink } from '../http/page-link.ts';
import { Serves } from '../http/serves.ts';
import { valid } from '../http/valid.ts';
import type { z } from 'zod';
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
  async list(
    @Query(valid(environmentsQuery, 'parameter')) query: z.infer<typeof environmentsQuery>,
    @Req() { url }: Request,
  ): Promise<Answer> {
    const page = await this.fleet.page(query);
    return new Answer(page, nextLink(url, page.next));
  }

  @Serves('getEnvironment')
  async get(@Param('service') service: string, @Param('environment') environment: string): Promise<object> {
    return this.fleet.one(service, environment);
  }

  @Serves('adopt')
  async adopt(
    @Param('service') service: string,
    @Param('environment') environment: string,
    @Body(valid(adoptBody)) { version, reason = 'it runs already' }: z.infer<typeof adoptBody>,
    @AskedBy() asked: Asked,
  ): Promise<Answer> {
    await this.environments.do(
      service,
      environment,
      { type: 'RequestAdoption', version, by: asked.by.name, reason, at: asked.at },
      asked,
    );
    return this.#told(service, environment);
  }

  @Serves('liftQuarantine')
  async lift(
    @Param('service') service: string,
    @Param('environment') environment: string,
    @Body(valid(liftBody)) { version, reason }: z.infer<typeof liftBody>,
    @AskedBy() asked: Asked,
  ): Promise<Answer> {
    await this.environments.lift(service, environment, version, reason, asked);
    return this.#told(service, environment);
  }

  async #told(service: string, environment: string): Promise<Answer> {
    const location = `/v1/services/${encodeURIComponent(service)}/environments/${encodeURIComponent(environment)}`;
    const visible = await this.visibility.headerFor(await this.environments.history(service, environment));
    return new Answer(await this.fleet.one(service, environment), { location, ...visible });
  }
}
