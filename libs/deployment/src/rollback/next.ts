import { isPast } from '../decision.ts';
import { act, reviewedAt, waitUntil, type Next } from '../effect.ts';
import { isRollbackStep, nextStep, openStep } from '../steps.ts';
import { activeState, type DeploymentState, type RollingBack } from '../state.ts';
import { rollbackDeadline } from '../transitions.ts';
import { dueStep, nothingNow, staleStep } from '../due.ts';

export function nextOfRollback(state: DeploymentState, now: string): Next {
  const run = activeState(state);
  const stale = staleStep(run, 'rollback');
  if (stale !== null) return stale;
  if (run.status !== 'rolling-back') return nothingNow(state);
  const deadline = rollbackDeadline(run);
  if (isPast(deadline, now)) return act({ kind: 'fail-rollback', reason: `not finished by its deadline ${deadline}` });
  if (state.status === 'held') return waitUntil(deadline);
  return reviewedAt(awaitQuiet(run) ?? dueAct(run, now), deadline);
}

/** No undo begins while another step may still act. */
function awaitQuiet(run: RollingBack): Next | null {
  const open = openStep(run);
  if (open === undefined || isRollbackStep(open.step)) return null;
  return act({ kind: 'await-quiet', step: open.step, attempt: open.attempt });
}

function dueAct(run: RollingBack, now: string): Next {
  if (run.rollback === null) return act({ kind: 'plan-rollback' });
  if (nextStep(run) === undefined)
    return act({ kind: 'run-checks', purpose: 'restoration', sections: ['smoke-tests', 'health-checks'] });
  return dueStep(run, 'rollback', now) ?? nothingNow(run);
}
