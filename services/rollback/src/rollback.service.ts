import { completeWait, idleSupervisors, performStep, stepContextOf } from '@backstay/steps';
import { unlessDetached, type PhaseService } from '@backstay/service-kit';
import { awaitQuiet } from './await-quiet.ts';
import { interruptOpenStep } from './interrupt-open-step.ts';
import { planRollback } from './plan-rollback.ts';
import { runRestorationChecks } from './run-restoration-checks.ts';

/** Awaits quiet, takes back what was recorded, restores what ran before, and verifies it by its own checks. */
export const rollbackService: PhaseService = {
  phase: 'rollback',
  healthPort: 7305,
  providers: ({ settings }) => [idleSupervisors(settings)],
  handlers: (platform) => {
    const steps = stepContextOf(platform);
    return {
      deployment: {
        'await-quiet': (effect, context) => awaitQuiet(platform, steps, effect, context),
        'plan-rollback': (_effect, context) => planRollback(platform, context),
        'perform-step': (effect, context) =>
          unlessDetached(context.detach, performStep(steps, 'rollback', effect, context)),
        'run-checks': (effect, context) => runRestorationChecks(steps, effect, context),
        'fail-rollback': ({ reason }, { now }) => Promise.resolve([{ type: 'FailRollback', reason, at: now() }]),
        'complete-wait': async (effect, context) => [completeWait(effect, context)],
        'interrupt-step': (effect, context) => interruptOpenStep(platform, steps, effect, context),
      },
    };
  },
};
