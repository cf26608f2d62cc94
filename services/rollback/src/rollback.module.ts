import { Module } from '@nestjs/common';
import { completeWait, performStep, redactedHandlers, stepContextOf } from '@backstay/steps';
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
import { awaitQuiet } from './await-quiet.ts';
import { interruptOpenStep } from './interrupt-open-step.ts';
import { planRollback } from './plan-rollback.ts';
import { runRestorationChecks } from './run-restoration-checks.ts';

@Module({
  providers: [IdleSupervisors, { provide: PHASE_HANDLERS, useFactory: handlersOf, inject: [PLATFORM] }],
  exports: [PHASE_HANDLERS],
})
class RollbackModule {}

/** Awaits quiet, takes back what was recorded, restores what ran before, and verifies it by its own checks. */
export const rollbackService: PhaseService = { phase: 'rollback', healthPort: 7305, module: RollbackModule };

function handlersOf(platform: Platform): PhaseHandlers {
  const steps = stepContextOf(platform);
  const reserve = rollbackReserveOf(platform);
  return {
    deployment: redactedHandlers(steps, {
      // Whichever of the two is the first act of the rollback.
      'await-quiet': async (effect, context) => {
        await reserve.free(context.id);
        return awaitQuiet(platform, steps, effect, context);
      },
      'plan-rollback': async (_effect, context) => {
        await reserve.free(context.id);
        return planRollback(platform, steps, context);
      },
      'perform-step': (effect, context) =>
        unlessDetached(context.detach, performStep(steps, 'rollback', effect, context)),
      'run-checks': (effect, context) => runRestorationChecks(steps, effect, context),
      'fail-rollback': ({ reason }, { now }) => Promise.resolve([{ type: 'FailRollback', reason, at: now() }]),
      'complete-wait': async (effect, context) => [completeWait(effect, context)],
      'interrupt-step': (effect, context) => interruptOpenStep(platform, steps, effect, context),
    }),
  };
}
