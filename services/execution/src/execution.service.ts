import { completeWait, groundOf, idleSupervisors } from '@backstay/steps';
import type { PhaseService } from '@backstay/service-kit';
import { captureRollbackPoint } from './capture-rollback-point.ts';
import { deliverNotice } from './deliver-notice.ts';
import { interruptOpenStep } from './interrupt-open-step.ts';
import { probePreflight } from './preflight/probe-preflight.ts';
import { performStep } from './perform-step.ts';
import { procedureRecords } from './procedure-records.ts';
import { readEvidenceLines } from './read-evidence.ts';

/** Probes what the plan will use, performs the plan's steps, and delivers the notices that are owed. */
export const executionService: PhaseService = {
  phase: 'execution',
  healthPort: 7302,
  providers: ({ settings }) => [idleSupervisors(settings)],
  handlers: (platform) => {
    const ground = groundOf(platform);
    const records = procedureRecords(platform);
    return {
      deployment: {
        'probe-preflight': (_effect, context) => probePreflight(platform, ground, records, context),
        'capture-rollback-point': (_effect, context) => captureRollbackPoint(ground, context),
        'perform-step': (effect, context) => performStep(ground, records, effect, context),
        'complete-wait': (effect, context) => Promise.resolve([completeWait(effect, context)]),
        'interrupt-step': (effect, context) => interruptOpenStep(ground, effect, context),
        'read-evidence': (effect, context) => readEvidenceLines(ground, records, effect, context),
        'deliver-notice': (effect, context) => deliverNotice(ground, effect, context),
      },
    };
  },
};
