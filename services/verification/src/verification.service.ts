import { interruptStep, performStep, stepContextOf } from '@backstay/steps';
import { unlessDetached, type PhaseService } from '@backstay/service-kit';
import { adoptRelease } from './adoption/adopt-release.ts';
import { closingChecks } from './closing-checks.ts';
import { probePreflight } from './preflight/probe-preflight.ts';

/** Runs the document's smoke tests and health checks, and checks what is to be adopted. */
export const verificationService: PhaseService = {
  phase: 'verification',
  healthPort: 7303,
  handlers: (platform) => {
    const steps = stepContextOf(platform);
    return {
      deployment: {
        'probe-preflight': (_effect, context) => probePreflight(steps, context),
        'perform-step': (effect, context) =>
          unlessDetached(context.detach, performStep(steps, 'verification', effect, context)),
        'interrupt-step': async (effect, context) => [
          await unlessDetached(context.detach, interruptStep(steps, 'verification', effect, context)),
        ],
        'run-checks': (effect, context) => closingChecks(steps, effect, context),
      },
      environment: { 'adopt-release': (_effect, context) => adoptRelease(platform, context) },
    };
  },
};
