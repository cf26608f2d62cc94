import { Module } from '@nestjs/common';
import { interruptStep, performStep, redactedHandlers, stepContextOf } from '@backstay/steps';
import {
  PHASE_HANDLERS,
  PLATFORM,
  unlessDetached,
  type PhaseHandlers,
  type PhaseService,
  type Platform,
} from '@backstay/service-kit';
import { adoptRelease } from './adoption/adopt-release.ts';
import { closingChecks } from './closing-checks.ts';
import { probePreflight } from './preflight/probe-preflight.ts';

@Module({
  providers: [{ provide: PHASE_HANDLERS, useFactory: handlersOf, inject: [PLATFORM] }],
  exports: [PHASE_HANDLERS],
})
class VerificationModule {}

/** Runs the document's smoke tests and health checks, and checks what is to be adopted. */
export const verificationService: PhaseService = {
  phase: 'verification',
  healthPort: 7303,
  module: VerificationModule,
};

function handlersOf(platform: Platform): PhaseHandlers {
  const steps = stepContextOf(platform);
  return {
    deployment: redactedHandlers(steps, {
      'probe-preflight': (_effect, context) => probePreflight(steps, context),
      'perform-step': (effect, context) =>
        unlessDetached(context.detach, performStep(steps, 'verification', effect, context)),
      'interrupt-step': async (effect, context) => [
        await unlessDetached(context.detach, interruptStep(steps, 'verification', effect, context)),
      ],
      'run-checks': (effect, context) => closingChecks(steps, effect, context),
    }),
    environment: { 'adopt-release': (_effect, context) => adoptRelease(platform, steps, context) },
  };
}
