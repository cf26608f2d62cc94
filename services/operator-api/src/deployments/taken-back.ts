import { deploymentSummary, type DeploymentSummary, type SummaryRow } from '@backstay/projections';
import type { ViewStore } from '@backstay/postgres';

/** A deployment with what came of it later: its own stream ends with its success. */
export interface KnownSince extends DeploymentSummary {
  /** The deployment of kind `rollback` that took it back. */
  readonly rolledBackBy?: string;
}

/** Which of these succeeded deployments a later one took back. */
export async function withTakenBack(
  views: ViewStore,
  summaries: readonly DeploymentSummary[],
): Promise<readonly KnownSince[]> {
  const succeeded = summaries.filter(({ status }) => status === 'succeeded').map(({ id }) => id);
  if (succeeded.length === 0) return summaries;
  const { rows } = await views.list<SummaryRow>(deploymentSummary.name, {
    where: { of: succeeded, status: ['rolled-back-verified', 'rolled-back-unverified'] },
    limit: 1000,
  });
  const by = new Map(rows.map(({ key, body }) => [body.of, key]));
  return summaries.map((each) => takenBack(each, by.get(each.id)));
}

function takenBack(summary: DeploymentSummary, by: string | undefined): KnownSince {
  if (by === undefined) return summary;
  const sentence = `${summary.sentence}; it runs there no longer: deployment ${by} rolled it back`;
  return { ...summary, rolledBackBy: by, sentence };
}
