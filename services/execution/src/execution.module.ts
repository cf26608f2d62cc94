import { Module } from '@nestjs/common';
import { completeWait, interruptStep, performStep, redactedHandlers, stepContextOf } from '@backstay/steps';
import {
  IdleSupervisors,
  PHASE_HANDLERS,
  PLATFORM,
  rollbackReserveOf,
  unlessDetached,
  type PhaseHandlers,
  type PhaseService,
  type Platform,
} from '@backstay/service-kit';
import { captureRollbackPoint } from './capture-rollback-point.ts';
import { deliverNotice } from './deliver-notice.ts';
import { probePreflight } from './preflight/probe-preflight.ts';
import { readEvidenceLines } from './read-evidence.ts';

@Module({
  providers: [IdleSupervisors, { provide: PHASE_HANDLERS, useFactory: handlersOf, inject: [PLATFORM] }],
  exports: [PHASE_HANDLERS],
})
class ExecutionModule {}

/** Probes what the plan will use, performs the plan's steps, and delivers the notices that are pending. */
export const executionService: PhaseService = { phase: 'execution', healthPort: 7302, module: ExecutionModule };

function handlersOf(platform: Platform): PhaseHandlers {
  const steps = stepContextOf(platform);
  const reserve = rollbackReserveOf(platform);
  return {
    deployment: redactedHandlers(steps, {
      'probe-preflight': (_effect, context) => probePreflight(platform, steps, context),
      'capture-rollback-point': async (_effect, context) => {
        await reserve.take(context.id);
        return captureRollbackPoint(steps, context);
      },
      'perform-step': (effect, context) =>
        unlessDetached(context.detach, performStep(steps, 'execution', effect, context)),
      'complete-wait': async (effect, context) => [completeWait(effect, context)],
      'interrupt-step': async (effect, context) => [
        await unlessDetached(context.detach, interruptStep(steps, 'execution', effect, context)),
      ],
      'read-evidence': (effect, context) => readEvidenceLines(steps, effect, context),
      'deliver-notice': (effect, context) => deliverNotice(steps, effect, context),
    }),
  };
}
