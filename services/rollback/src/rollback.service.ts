import { completeWait, groundOf, idleSupervisors } from '@backstay/steps';
import type { PhaseService } from '@backstay/service-kit';
import { awaitQuiet } from './await-quiet.ts';
import { interruptOpenStep } from './interrupt-open-step.ts';
import { performStep } from './perform-step.ts';
import { planRollback } from './plan-rollback.ts';
import { runRestorationChecks } from './run-restoration-checks.ts';

/** Awaits quiet, takes back what was recorded, restores what ran before, and verifies it by its own checks. */
export const rollbackService: PhaseService = {
  phase: 'rollback',
  healthPort: 7305,
  providers: ({ settings }) => [idleSupervisors(settings)],
  handlers: (platform) => {
    const ground = groundOf(platform);
    return {
      deployment: {
        'await-quiet': (effect, context) => awaitQuiet(platform, ground, effect, context),
        'plan-rollback': (_effect, context) => planRollback(platform, context),
        'perform-step': (effect, context) => performStep(platform, ground, effect, context),
        'run-checks': (effect, context) => runRestorationChecks(platform, ground, effect, context),
        'fail-rollback': ({ reason }, { now }) => Promise.resolve([{ type: 'FailRollback', reason, at: now() }]),
        'complete-wait': (effect, context) => Promise.resolve([completeWait(effect, context)]),
        'interrupt-step': (effect, context) => interruptOpenStep(platform, ground, effect, context),
      },
    };
  },
};
