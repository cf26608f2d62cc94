import { isMeasured } from '@backstay/document';
import { act, type Next } from '../effect.ts';
import { armedAt, hasMutated } from '../steps.ts';
import { activeState, isRunning, type DeploymentState } from '../state.ts';
import { dueProbe, dueStep, nothingNow, openStepUnderHold, staleStep } from '../due.ts';

export function nextOfMonitoring(state: DeploymentState, now: string): Next {
  const active = activeState(state);
  const own =
    staleStep(active, 'monitoring') ?? dueProbe(active, 'monitoring') ?? ownStep(state, now) ?? dueWatch(state);
  return own ?? nothingNow(state);
}

function ownStep(state: DeploymentState, now: string): Next | null {
  return state.status === 'executing' || state.status === 'verifying'
    ? dueStep(state, 'monitoring', now)
    : openStepUnderHold(state, 'monitoring', now);
}

/** The document's watch; before it, from the first change on, and under a hold, a guard. */
function dueWatch(state: DeploymentState): Next | null {
  if (state.status === 'monitoring') return state.watchComplete ? null : act({ kind: 'watch', mode: 'window' });
  const active = activeState(state);
  const isGuarded =
    isRunning(active) && active.status !== 'rolling-back' && hasMutated(active) && isMeasured(active.drafted.plan);
  return isGuarded ? act({ kind: 'watch', mode: armedAt(active) === null ? 'running-version' : 'guard' }) : null;
}
