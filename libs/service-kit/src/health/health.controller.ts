import { Controller, Get, Header, Inject, ServiceUnavailableException } from '@nestjs/common';
import { HealthCheckService, type HealthCheckResult } from '@nestjs/terminus';
import { Registry } from 'prom-client';
import { PLATFORM, type Platform } from '../platform.ts';
import { NatsIndicator, PostgresIndicator } from './indicators.ts';

class NotReady extends ServiceUnavailableException {
  constructor(found: HealthCheckResult, service: string) {
    const missing = Object.values(found.error ?? {}).map((each) => String(each?.['message']));
    const problem = missing.join('; ') || 'the service is shutting down';
    super({ ...found, status: 'unavailable', service, problem });
    this.message = problem;
  }
}

/** Liveness says that the process runs; readiness that it can write the record. */
@Controller()
export class HealthController {
  constructor(
    @Inject(PLATFORM) private readonly platform: Pick<Platform, 'name'>,
    private readonly registry: Registry,
    private readonly health: HealthCheckService,
    private readonly postgres: PostgresIndicator,
    private readonly nats: NatsIndicator,
  ) {}

  @Get('/health/live')
  live(): object {
    return { status: 'ok', service: this.platform.name };
  }

  /** Ready is also who finds its work more slowly: `details` says what is missing. */
  @Get('/health/ready')
  async ready(): Promise<object> {
    const service = this.platform.name;
    try {
      const found = await this.health.check([() => this.postgres.check(), () => this.nats.check()]);
      return { ...found, status: 'ok', service };
    } catch (error) {
      if (!(error instanceof ServiceUnavailableException)) throw error;
      throw new NotReady(error.getResponse() as HealthCheckResult, service);
    }
  }

  @Get('/metrics')
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  metrics(): Promise<string> {
    return this.registry.metrics();
  }
}
