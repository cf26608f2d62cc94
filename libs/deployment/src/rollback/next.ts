import { isPast } from '../decision.ts';
import type { Effect } from '../effect.ts';
import { stepOf, staleStep } from '../execution/next.ts';
import { isRollbackStep, nextStep, openStep } from '../journal.ts';
import { underlying, type DeploymentState, type RollingBack } from '../state.ts';
import { deadlineOf } from './deadline.ts';

export function nextOfRollback(state: DeploymentState, now: string): Effect | null {
  const stale = staleStep(state, 'rollback');
  if (stale !== null) return stale;
  const run = underlying(state);
  if (run.status !== 'rolling-back') return null;
  const deadline = deadlineOf(run);
  if (isPast(deadline, now)) return { kind: 'fail-rollback', reason: `not finished by its deadline ${deadline}` };
  return (state.status === 'held' ? null : (awaitQuiet(run) ?? nextAct(run, now))) ?? { kind: 'wait', until: deadline };
}

/** No undo beside a step that may still act. */
function awaitQuiet(run: RollingBack): Effect | null {
  const open = openStep(run);
  if (open === undefined || isRollbackStep(open.step)) return null;
  return { kind: 'await-quiet', step: open.step, attempt: open.attempt };
}

function nextAct(run: RollingBack, now: string): Effect | null {
  if (run.rollback === null) return { kind: 'plan-rollback' };
  if (nextStep(run) === undefined)
    return { kind: 'run-checks', purpose: 'restoration', sections: ['smoke-tests', 'health-checks'] };
  return stepOf(run, 'rollback', now);
}
