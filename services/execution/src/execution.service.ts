import { completeWait, idleSupervisors, interruptStep, performStep, stepContextOf } from '@backstay/steps';
import { unlessDetached, type PhaseService } from '@backstay/service-kit';
import { captureRollbackPoint } from './capture-rollback-point.ts';
import { deliverNotice } from './deliver-notice.ts';
import { probePreflight } from './preflight/probe-preflight.ts';
import { readEvidenceLines } from './read-evidence.ts';

/** Probes what the plan will use, performs the plan's steps, and delivers the notices that are pending. */
export const executionService: PhaseService = {
  phase: 'execution',
  healthPort: 7302,
  providers: ({ settings }) => [idleSupervisors(settings)],
  handlers: (platform) => {
    const steps = stepContextOf(platform);
    return {
      deployment: {
        'probe-preflight': (_effect, context) => probePreflight(platform, steps, context),
        'capture-rollback-point': (_effect, context) => captureRollbackPoint(steps, context),
        'perform-step': (effect, context) =>
          unlessDetached(context.detach, performStep(steps, 'execution', effect, context)),
        'complete-wait': async (effect, context) => [completeWait(effect, context)],
        'interrupt-step': async (effect, context) => [
          await unlessDetached(context.detach, interruptStep(steps, 'execution', effect, context)),
        ],
        'read-evidence': (effect, context) => readEvidenceLines(steps, effect, context),
        'deliver-notice': (effect, context) => deliverNotice(steps, effect, context),
      },
    };
  },
};
