import { Controller, type Type } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import type { Phase } from '@backstay/deployment';
import { wakePattern, type WakeUp } from '@backstay/jetstream';
import { ProcessPhases } from '../worker/process-phases.ts';

/** Hears the wake-ups of one phase. */
export function wakeController(phase: Phase): Type {
  @Controller()
  class WakeController {
    constructor(private readonly phases: ProcessPhases) {}

    @EventPattern<string>(wakePattern(phase))
    wake(@Payload() { stream, version }: WakeUp): void {
      this.phases.wake(phase, stream, version);
    }
  }
  return WakeController;
}
