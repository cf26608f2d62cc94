import { isPast } from '../decision.ts';
import type { Effect } from '../effect.ts';
import { stepOf, staleStep } from '../execution/next.ts';
import { nextStep, openStep } from '../journal.ts';
import type { DeploymentState, RollingBack } from '../state.ts';

export function nextOfRollback(state: DeploymentState, now: string): Effect | null {
  const stale = staleStep(state, 'rollback');
  if (stale !== null) return stale;
  if (state.status !== 'rolling-back') return null;
  return awaitQuiet(state) ?? nextAct(state, now);
}

/** No undo beside a step that may still act. */
function awaitQuiet(state: RollingBack): Effect | null {
  const open = openStep(state);
  if (open === undefined || open.step.startsWith('rollback.')) return null;
  return { kind: 'await-quiet', step: open.step, attempt: open.attempt };
}

function nextAct(state: RollingBack, now: string): Effect {
  if (state.rollback === null) return { kind: 'plan-rollback' };
  if (isPast(state.rollback.deadline, now)) return { kind: 'fail-rollback', reason: `not finished by its deadline ${state.rollback.deadline}` };
  if (nextStep(state) === undefined) return { kind: 'run-checks', purpose: 'restoration', sections: ['smoke-tests', 'health-checks'] };
  return stepOf(state, 'rollback', now) ?? { kind: 'wait', until: state.rollback.deadline };
}
