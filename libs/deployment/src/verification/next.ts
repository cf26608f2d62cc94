import type { Effect } from '../effect.ts';
import { stepOf, staleStep } from '../execution/next.ts';
import { nextStep } from '../journal.ts';
import { underlying, type DeploymentState } from '../state.ts';
import { sectionsLeft } from './failure.ts';

export function nextOfVerification(state: DeploymentState, now: string): Effect | null {
  const whole = underlying(state);
  const stale = staleStep(state, 'verification');
  if (stale !== null) return stale;
  if (whole.status === 'planning' && whole.claim !== null && whole.reports.verification === undefined) {
    return { kind: 'probe-preflight', phase: 'verification' };
  }
  if (state.status !== 'executing' && state.status !== 'verifying') return null;
  const isClosing = state.status === 'verifying' && nextStep(state) === undefined;
  return isClosing
    ? { kind: 'run-checks', purpose: 'verification', sections: sectionsLeft(state) }
    : stepOf(state, 'verification', now);
}
