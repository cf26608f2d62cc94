import { groundOf } from '@backstay/steps';
import type { PhaseService } from '@backstay/service-kit';
import { adoptRelease } from './adoption/adopt-release.ts';
import { closingChecks } from './checks/closing-checks.ts';
import { interruptSection, performSection } from './checks/perform-section.ts';
import { probePreflight } from './preflight/probe-preflight.ts';

/** Runs the document's smoke tests and health checks, and checks what is to be adopted. */
export const verificationService: PhaseService = {
  phase: 'verification',
  healthPort: 7303,
  handlers: (platform) => {
    const ground = groundOf(platform);
    return {
      deployment: {
        'probe-preflight': (_effect, context) => probePreflight(ground, context),
        'perform-step': (effect, context) => performSection(ground, effect, context),
        'interrupt-step': interruptSection,
        'run-checks': (effect, context) => closingChecks(ground, effect, context),
      },
      environment: { 'adopt-release': (_effect, context) => adoptRelease(platform, context) },
    };
  },
};
