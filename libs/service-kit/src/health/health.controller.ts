import { routes, type ResponseOf } from '@backstay/api-contract';
import { Controller, Inject, ServiceUnavailableException } from '@nestjs/common';
import { HealthCheckService, type HealthCheckResult } from '@nestjs/terminus';
import { Registry } from 'prom-client';
import { contractRouteFrom, type ReplyTo } from '../http/contract-route.ts';
import { NotReady } from '../http/errors.ts';
import { HttpReply } from '../http/http-reply.ts';
import { PLATFORM, type Platform } from '../platform.ts';
import { NatsIndicator, PostgresIndicator } from './indicators.ts';
import { Readiness } from './readiness.ts';

const { live, ready, metrics } = routes;
/** What every service serves. */
export const healthRoutes = { live, ready, metrics };
const ContractRoute = contractRouteFrom(healthRoutes);

/** Liveness says that the process runs; readiness that it can write the record. */
@Controller()
export class HealthController {
  constructor(
    @Inject(PLATFORM) private readonly platform: Pick<Platform, 'name'>,
    private readonly registry: Registry,
    private readonly health: HealthCheckService,
    private readonly postgres: PostgresIndicator,
    private readonly nats: NatsIndicator,
    private readonly readiness: Readiness,
  ) {}

  @ContractRoute('live')
  live(): ReplyTo<'live'> {
    return { status: 'ok', service: this.platform.name };
  }

  /** Ready is also who finds its work more slowly: `details` says what is missing. */
  @ContractRoute('ready')
  async ready(): Promise<ReplyTo<'ready'>> {
    const service = this.platform.name;
    try {
      const found = await this.health.check([() => this.postgres.check(), () => this.nats.check()]);
      const { info, error, details } = found;
      this.readiness.found(null);
      return { status: 'ok', service, info: shown(info), error: shown(error), details: shown(details) };
    } catch (error) {
      if (!(error instanceof ServiceUnavailableException)) throw error;
      const why = missing(error.getResponse() as HealthCheckResult);
      this.readiness.found(why);
      throw new NotReady(why);
    }
  }

  @ContractRoute('metrics')
  async metrics(): Promise<ReplyTo<'metrics'>> {
    return HttpReply.media(this.registry.contentType, await this.registry.metrics());
  }
}

const shown = (found: HealthCheckResult['info'] = {}): ResponseOf<typeof ready>['info'] =>
  Object.fromEntries(Object.entries(found).flatMap(([name, each]) => (each === undefined ? [] : [[name, each]])));

function missing({ error = {} }: HealthCheckResult): string {
  const messages = Object.values(error).map((each) => String(each?.['message']));
  return messages.join('; ') || 'the service is shutting down';
}
