import type { Action } from '@backstay/document';
import { checkout, resolveCommit } from '@backstay/git';
import {
  knownEnvironment,
  insideWorkspace,
  repositoriesPath,
  succeeded,
  withinTime,
  workspacePath,
  type StepEnd,
  type StepTask,
} from '@backstay/steps';

/** Puts the exact commit into the workspace; the deployed ref is the commit that planning has resolved. */
export function performCheckout(
  task: StepTask,
  { repository, ref, into }: Extract<Action, { kind: 'checkout' }>,
): Promise<StepEnd> {
  return withinTime(task, async (signal) => {
    const { ground, deployment } = task;
    const { argument } = knownEnvironment(task);
    const at = { repository: argument(repository), cacheDir: repositoriesPath(ground.dataDir), signal };
    const planned = ref === deployment.plan.ref && repository === deployment.plan.repository ? deployment.commit : null;
    const commit = planned ?? (await resolveCommit({ ...at, ref: argument(ref) })).commit;
    const folder = insideWorkspace(workspacePath(ground.dataDir, deployment.workspace), into);
    const { changed } = await checkout({ ...at, commit, into: folder });
    return succeeded({ result: { commit, into, changed } });
  });
}
