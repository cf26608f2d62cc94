import { Inject, Injectable } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { BusLink } from '../bus/bus-link.ts';
import { PLATFORM, type Platform } from '../platform.ts';

/** The record: without it nothing can be answered, and nothing begins. */
@Injectable()
export class PostgresIndicator {
  constructor(
    @Inject(PLATFORM) private readonly platform: Platform,
    private readonly indicators: HealthIndicatorService,
  ) {}

  async check(): Promise<HealthIndicatorResult> {
    const postgresql = this.indicators.check('postgresql');
    return this.platform.pool.query('SELECT 1').then(
      () => postgresql.up(),
      // What the client reports names hosts, and this answer is public.
      () => postgresql.down('PostgreSQL does not answer'),
    );
  }
}

/** The fast path of wake-ups; while it is away, a service is as ready as before. */
@Injectable()
export class NatsIndicator {
  constructor(
    private readonly bus: BusLink,
    private readonly indicators: HealthIndicatorService,
  ) {}

  check(): HealthIndicatorResult {
    const nats = this.indicators.check('nats');
    return this.bus.isConnected ? nats.up() : nats.degraded('NATS is not connected; work is found without it');
  }
}
