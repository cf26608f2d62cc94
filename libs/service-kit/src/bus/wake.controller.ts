import { Controller, Inject, type Type } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import type { Phase } from '@backstay/deployment';
import { wakePattern, type WakeUp } from '@backstay/jetstream';
import { PhaseHost } from '../worker/phase-host.ts';

/** Hears the wake-ups of one phase. */
export function wakeController(phase: Phase): Type {
  @Controller()
  class WakeController {
    constructor(@Inject(PhaseHost) private readonly host: PhaseHost) {}

    @EventPattern<string>(wakePattern(phase))
    wake(@Payload() { stream, version }: WakeUp): void {
      this.host.wake(phase, stream, version);
    }
  }
  return WakeController;
}
