import type { DeploymentCommand, Known } from '@backstay/deployment';
import { makePlan, parseDocument, serviceProfile, type DeploymentDocument } from '@backstay/document';
import { lineNaming } from '@backstay/git';
import type { Platform } from '@backstay/service-kit';
import { revisionOf, type Revision } from './commit.ts';
import { problemOf, Problems } from './problems.ts';
import { profilesOf } from './profile.ts';

export async function draftDocument(
  platform: Platform,

  known: Known,
  text: string,
): Promise<DeploymentCommand> {
  const parsed = parseDocument(text);
  if (!parsed.ok) throw new Problems(parsed.problems.filter(({ severity }) => severity === 'error'));
  const { document } = parsed;
  const environment = environmentOf(document, known);
  const profiles = await profilesOf(platform);
  const revision = await revisionNamedBy(platform, known, document);
  const made = makePlan(document, {
    environment,
    version: known.request.version,
    commit: revision?.commit.sha,
    bindings: revision?.bindings,
    profile: profiles && serviceProfile(profiles, environment, document.scope.name),
    profiles,
    digest: platform.digest,
  });
  if (!made.ok) throw new Problems(made.problems.filter(({ severity }) => severity === 'error'));
  if (made.blockers.length > 0) throw new Problems(made.blockers.map(problemOf));
  const { plan, digest } = made;
  return {
    type: 'DraftPlan',
    plan,
    digest,
    commit: revision?.commit ?? null,
    warnings: [...parsed.warnings, ...(revision?.warnings ?? []), ...made.warnings],
    inherited: null,
  };
}

function environmentOf({ scope }: DeploymentDocument, { request }: Known): string {
  const [only, ...others] = scope.environments;
  const wanted = request.environment ?? (others.length === 0 ? only : undefined);
  if (wanted !== undefined && scope.environments.includes(wanted)) return wanted;
  const listed = scope.environments.join(', ');
  const message =
    wanted === undefined
      ? `the document names several environments (${listed}); the request must choose one as \`environment\``
      : `the request wants ${wanted}, but the document is for ${listed}`;
  throw new Problems([{ line: 1, column: 1, severity: 'error', code: 'environment-not-chosen', message }]);
}

function revisionNamedBy(
  platform: Platform,
  known: Known,
  { scope }: DeploymentDocument,
): Promise<Revision | undefined> {
  const { repository, ref } = scope;
  if (repository === undefined || ref === undefined) return Promise.resolve(undefined);
  return revisionOf(platform, known, repository, ref, lineNaming(known.request.document ?? '', ref));
}
