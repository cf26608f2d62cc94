import { Controller, Get, Header, HttpException, HttpStatus, Inject } from '@nestjs/common';
import type { Platform } from '../platform.ts';

export const PLATFORM = Symbol('platform');

/** Liveness says that the process runs; readiness that it can reach the record. */
@Controller()
export class HealthController {
  constructor(@Inject(PLATFORM) private readonly platform: Platform) {}

  @Get('/health/live')
  live(): object {
    return { status: 'ok', service: this.platform.name };
  }

  @Get('/health/ready')
  async ready(): Promise<object> {
    const problem = await this.platform.pool.query('select 1').then(
      () => null,
      () => 'PostgreSQL does not answer',
    );
    const body = {
      status: problem === null ? 'ok' : 'unavailable',
      service: this.platform.name,
      ...(problem === null ? {} : { problem }),
    };
    if (problem !== null) throw new HttpException(body, HttpStatus.SERVICE_UNAVAILABLE);
    return body;
  }

  @Get('/metrics')
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  metrics(): Promise<string> {
    return this.platform.registry.metrics();
  }
}
