import type { Section } from '@backstay/document';
import type { Effect } from '../effect.ts';
import { stepOf, staleStep } from '../execution/next.ts';
import { nextStep } from '../journal.ts';
import { underlying, type DeploymentState, type Verifying } from '../state.ts';

export function nextOfVerification(state: DeploymentState, now: string): Effect | null {
  const whole = underlying(state);
  const stale = staleStep(state, 'verification');
  if (stale !== null) return stale;
  if (whole.status === 'planning' && whole.claim !== null && whole.reports.verification === undefined) {
    return { kind: 'probe-preflight', phase: 'verification' };
  }
  if (state.status !== 'verifying') return null;
  return nextStep(state) === undefined ? { kind: 'run-checks', purpose: 'verification', sections: sectionsLeft(state) } : stepOf(state, 'verification', now);
}

/** The document's checks run also where no step asks for them; smoke tests that a step ran are not run again. */
function sectionsLeft({ drafted, steps }: Verifying): readonly Section[] {
  const ran = drafted.plan.steps.some(
    ({ id, action }) =>
      action.kind === 'section' && (action.section === 'smoke-tests' || action.section === 'critical-flows') && steps[id]?.status === 'succeeded',
  );
  return ran ? ['health-checks'] : ['smoke-tests', 'health-checks'];
}
