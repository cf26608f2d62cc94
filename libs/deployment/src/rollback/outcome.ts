import type { Step } from '@backstay/document';
import type { DeploymentEvent } from '../events.ts';
import { isDone } from '../journal.ts';
import type { RollingBack } from '../state.ts';
import type { CheckResult } from '../verification/events.ts';

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
  if (rollback?.target === null) return 'there was no version before this one; what it did was undone, and nothing serves now';
  if (results.length === 0) return 'no check of the restored version is known';
  const failed = results.filter(({ passed }) => !passed);
  return failed.length === 0 ? null : failed.map(({ title, reason }) => `${title}: ${reason ?? 'failed'}`).join('; ');
}

/** A rollback that cannot be finished ends by name, and says what was not put back. */
export function rollbackStepFailed(run: { readonly status: string } & Pick<RollingBack, 'steps'>, step: Step, reason: string, at: string): readonly DeploymentEvent[] {
  const left = ((run as RollingBack).rollback?.steps ?? []).filter((each) => !isDone(run, each));
  return [
    {
      type: 'RollbackFailed',
      data: { reason: `${step.id} (${step.title}): ${reason}`, step: step.id, deviations: left.map(({ id, title }) => `${id} ${title}: not done`), at },
    },
  ];
}
