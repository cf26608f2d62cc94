import type { DeploymentCommand, Known } from '@backstay/deployment';
import { acceptPlan, type ServiceProfile } from '@backstay/document';
import type { Platform } from '@backstay/service-kit';
import { revisionOf } from './commit.ts';
import { problemOf, Problems } from './problems.ts';
import { profileOf } from './profile.ts';

/** A plan in JSON is accepted wherever a document is; its commit is resolved as a document's is. */
export async function draftJsonPlan(
  platform: Platform,

  known: Known,
  given: unknown,
): Promise<DeploymentCommand> {
  const accepted = acceptPlan(given, platform.digest, await profileNamedBy(platform, given));
  if (!accepted.ok) throw new Problems(accepted.problems);
  if (accepted.blockers.length > 0) throw new Problems(accepted.blockers.map(problemOf));
  const { plan, digest, warnings } = accepted;
  const { repository, ref, commit } = plan;
  const wanted = commit ?? ref;
  const revision =
    repository === undefined || wanted === undefined ? null : await revisionOf(platform, known, repository, wanted, 1);
  return {
    type: 'DraftPlan',
    plan,
    digest,
    commit: revision?.commit ?? null,
    warnings: [...warnings, ...(revision?.warnings ?? [])],
    inherited: null,
  };
}

/** What is the platform's business (hosts, channels, roots) is the profile's, whatever the plan says: without an entry it is refused. */
async function profileNamedBy(platform: Platform, given: unknown): Promise<ServiceProfile> {
  const { service, environment } = given as { readonly service?: unknown; readonly environment?: unknown };
  const profile = await profileOf(platform, String(environment), String(service));
  if (profile !== undefined) return profile;
  const message = `the environment profile has no entry for ${String(service)} in ${String(environment)}; a plan needs one`;
  throw new Problems([{ line: 1, column: 1, severity: 'error', code: 'missing-profile-entry', message }]);
}
