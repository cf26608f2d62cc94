import type { Effect } from '../effect.ts';
import { stepOf, staleStep } from '../execution/next.ts';
import { hasMutated } from '../journal.ts';
import { isRunning, underlying, type DeploymentState } from '../state.ts';
import { isWatched } from './outcome.ts';

export function nextOfMonitoring(state: DeploymentState, now: string): Effect | null {
  const whole = underlying(state);
  const stale = staleStep(state, 'monitoring');
  if (stale !== null) return stale;
  if (whole.status === 'planning' && whole.claim !== null && whole.reports.monitoring === undefined) {
    return { kind: 'probe-preflight', phase: 'monitoring' };
  }
  if (state.status === 'monitoring') return state.proven ? null : { kind: 'watch', mode: 'window' };
  const step = state.status === 'executing' || state.status === 'verifying' ? stepOf(state, 'monitoring', now) : null;
  if (step !== null) return step;
  const guarded =
    isRunning(whole) && whole.status !== 'rolling-back' && hasMutated(whole) && isWatched(whole.drafted.plan);
  return guarded ? { kind: 'watch', mode: 'guard' } : null;
}
