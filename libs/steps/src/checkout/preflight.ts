import type { Finding } from '@backstay/deployment';
import { namesIn, substitute } from '@backstay/document';
import { resolveCommit } from '@backstay/git';
import { knownEnvironment } from '../environment.ts';
import { blocking, fine } from '../findings.ts';
import { isHere, type Preflight } from '../kind.ts';
import { repositoriesPath } from '../layout.ts';
import type { ActionOf, StepOf } from '../task.ts';

/** The ref of a repository other than the deployed one, whose commit planning has found. */
export async function refFindings(
  step: StepOf<ActionOf<'checkout'>>,
  { context, deployment, detach }: Preflight,
): Promise<readonly Finding[]> {
  const { repository, ref } = step.action;
  const { plan } = deployment;
  if (!isHere(step, plan) || (repository === plan.repository && ref === plan.ref)) return [];
  const { lookup } = knownEnvironment({ context, deployment, step });
  if (namesIn(repository + ref).some((name) => lookup(name) === undefined)) return [];
  const at = {
    repository: substitute(repository, lookup),
    cacheDir: repositoriesPath(context.dataDir),
    signal: detach,
  };
  const details = { subject: ref, line: step.source.line };
  return resolveCommit({ ...at, ref: substitute(ref, lookup) }).then(
    ({ commit, movedFrom }) => {
      const moved = movedFrom === undefined ? '' : `; the tag was moved, and named ${movedFrom} when it was first seen`;
      return [fine('repository', { ...details, message: `is commit ${commit}${moved}` })];
    },
    (error: Error) => [blocking('repository', { ...details, message: error.message })],
  );
}
