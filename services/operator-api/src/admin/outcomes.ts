import type { Projection, RecordedEvent } from '@backstay/event-sourcing';

/** How many deployments ended in which way. */
export type Outcomes = Readonly<Record<string, number>>;

const outcomes: Readonly<Record<string, string>> = {
  DeploymentSucceeded: 'succeeded',
  DeploymentFailed: 'failed',
  DeploymentCancelled: 'cancelled',
  DeploymentSuperseded: 'superseded',
  DeploymentRejected: 'rejected',
  DeploymentAbandoned: 'abandoned',
  RollbackFailed: 'rollback-failed',
  DeploymentHalted: 'halted',
};

export const outcomesKey = 'all';

/** How do deployments end? One row for all of them; a deployment ends once. */
export const deploymentOutcomes: Projection<Outcomes> = {
  name: 'deployment-outcomes',
  keys: (event) => (outcomeOf(event) === undefined ? [] : [outcomesKey]),
  evolve: (counts = {}, event) => {
    const outcome = outcomeOf(event);
    return outcome === undefined ? counts : { ...counts, [outcome]: (counts[outcome] ?? 0) + 1 };
  },
};

function outcomeOf({ type, data }: RecordedEvent): string | undefined {
  if (type !== 'DeploymentRolledBack') return outcomes[type];
  return (data as { readonly verified: boolean }).verified ? 'rolled-back-verified' : 'rolled-back-unverified';
}
