import { Inject, Injectable } from '@nestjs/common';
import { WriteProbe } from '@backstay/postgres';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { BusLink } from '../bus/bus-link.ts';
import { PLATFORM, type Platform } from '../platform.ts';

/** The record: while it cannot be written nothing is accepted, and nothing begins. */
@Injectable()
export class PostgresIndicator {
  readonly #probe: WriteProbe;

  constructor(
    @Inject(PLATFORM) { pool }: Platform,
    private readonly indicators: HealthIndicatorService,
  ) {
    this.#probe = new WriteProbe(pool);
  }

  async check(): Promise<HealthIndicatorResult> {
    const postgresql = this.indicators.check('postgresql');
    const problem = await this.#probe.problem();
    return problem === null ? postgresql.up() : postgresql.down(problem);
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
    if (!this.bus.isConnected) return nats.degraded('NATS is not connected; work is found without it');
    return this.bus.lacksAccounts
      ? nats.degraded('NATS asks for no credentials; every publisher is a claim')
      : nats.up();
  }
}
