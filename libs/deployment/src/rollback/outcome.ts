import type { Step } from '@backstay/document';
import type { DeploymentEvent } from '../events.ts';
import { isDone } from '../journal.ts';
import { deriveRollback } from './derive.ts';
import type { RollingBack } from '../state.ts';
import type { CheckResult } from '../verification/events.ts';
import { withoutResult } from '../verification/failure.ts';

/** Verified only when there was something to check and all of it passed. */
export function rolledBack(run: RollingBack, results: readonly CheckResult[], at: string): DeploymentEvent {
  const { reason, triggeredAt, rollback, drafted } = run;
  const unverified = whyUnverified(run, results);
  return {
    type: 'DeploymentRolledBack',
    data: {
      verified: unverified === null,
      restored: rollback?.target ?? null,
      reason,
      unverified,
      measuredMs: Date.parse(at) - Date.parse(triggeredAt),
      estimatedMs: drafted.plan.rollback.estimatedMs ?? null,
      at,
    },
  };
}

function whyUnverified({ rollback }: RollingBack, results: readonly CheckResult[]): string | null {
  if (rollback?.target === null)
    return 'there was no version before this one; what it did was undone, and nothing serves now';
  if (results.length === 0) return 'no check of the restored version is known';
  const failed = [...results, ...(rollback === null ? [] : withoutResult(rollback.checks, results))].filter(
    ({ passed }) => !passed,
  );
  return failed.length === 0 ? null : failed.map(({ title, reason }) => `${title}: ${reason ?? 'failed'}`).join('; ');
}

/** A rollback that cannot be finished ends by name, and says what was not put back. */
export function rollbackFailed(
  run: RollingBack,
  reason: string,
  at: string,
  step: string | null = null,
): DeploymentEvent {
  const steps = run.rollback?.steps ?? deriveRollback(run.drafted.plan, run.steps, run.rollbackPoint);
  const deviations = steps.filter((each) => !isDone(run, each)).map(({ id, title }) => `${id} ${title}: not done`);
  return { type: 'RollbackFailed', data: { reason, step, deviations, at } };
}

export function rollbackStepFailed(run: RollingBack, { id, title }: Step, reason: string, at: string): DeploymentEvent {
  return rollbackFailed(run, `${id} (${title}): ${reason}`, at, id);
}
