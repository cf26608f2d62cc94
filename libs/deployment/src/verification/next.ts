import { sectionsLeft } from '../checks.ts';
import { act, type Next } from '../effect.ts';
import { nextStep } from '../steps.ts';
import { activeState, type DeploymentState } from '../state.ts';
import { dueProbe, dueStep, nothingNow, openStepUnderHold, staleStep } from '../due.ts';

export function nextOfVerification(state: DeploymentState, now: string): Next {
  const active = activeState(state);
  const own = staleStep(active, 'verification') ?? dueProbe(active, 'verification') ?? dueChecks(state, now);
  return own ?? nothingNow(state);
}

function dueChecks(state: DeploymentState, now: string): Next | null {
  if (state.status !== 'executing' && state.status !== 'verifying')
    return openStepUnderHold(state, 'verification', now);
  return state.status === 'verifying' && nextStep(state) === undefined
    ? act({ kind: 'run-checks', purpose: 'verification', sections: sectionsLeft(state) })
    : dueStep(state, 'verification', now);
}
