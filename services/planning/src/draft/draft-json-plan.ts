import type { DeploymentCommand, Known } from '@backstay/deployment';
import { acceptPlan } from '@backstay/document';
import type { Platform } from '@backstay/service-kit';
import { revisionOf } from './commit.ts';
import { problemOf, Problems } from './problems.ts';

/** A plan in JSON is accepted wherever a document is; its commit is resolved as a document's is. */
export async function draftJsonPlan(
  platform: Platform,
  _id: string,
  known: Known,
  given: unknown,
): Promise<DeploymentCommand> {
  const accepted = acceptPlan(given, platform.digest);
  if (!accepted.ok) throw new Problems(accepted.problems);
  if (accepted.blockers.length > 0) throw new Problems(accepted.blockers.map(problemOf));
  const { plan, digest, warnings } = accepted;
  const { repository, ref, commit } = plan;
  const wanted = commit ?? ref;
  const revision =
    repository === undefined || wanted === undefined ? null : await revisionOf(platform, known, repository, wanted, 1);
  return { type: 'DraftPlan', plan, digest, commit: revision?.commit ?? null, warnings, inherited: null };
}
