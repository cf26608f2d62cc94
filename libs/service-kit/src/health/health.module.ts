import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { HealthController } from './health.controller.ts';
import { NatsIndicator, PostgresIndicator } from './indicators.ts';
import { Readiness } from './readiness.ts';

/** `/health/live`, `/health/ready` and `/metrics` of a service. */
@Module({
  // The response says what is missing; the logs of the pool and of the bus say why.
  imports: [TerminusModule.forRoot({ logger: false })],
  controllers: [HealthController],
  providers: [PostgresIndicator, NatsIndicator, Readiness],
})
export class HealthModule {}
