import { checkout, holdsCommit, resolveCommit, type CommitAt } from '@backstay/git';
import { accountOf } from '../account.ts';
import { withinTime } from '../bounded.ts';
import { succeeded, type StepEnd } from '../end.ts';
import { knownEnvironment } from '../environment.ts';
import { insideWorkspace, placeAs, prepareSource, repositoriesPath, workspacePath } from '../layout.ts';
import type { ActionOf, StepTask } from '../task.ts';

/** Puts the exact commit into the workspace; the deployed ref is the commit that planning has resolved. */
export function checkOut(task: StepTask<ActionOf<'checkout'>>): Promise<StepEnd> {
  return withinTime(task, async (signal) => {
    const { context, deployment, step } = task;
    const { repository, ref, into } = step.action;
    const { argument } = knownEnvironment(task);
    const at = { repository: argument(repository), cacheDir: repositoriesPath(context.dataDir), signal };
    const planned = ref === deployment.plan.ref && repository === deployment.plan.repository ? deployment.commit : null;
    const commit = planned ?? (await resolveCommit({ ...at, ref: argument(ref) })).commit;
    const { changed } = await putInto(task, { ...at, commit }, into);
    return succeeded({ result: { commit, into, changed } });
  });
}

async function putInto(task: StepTask, at: CommitAt, path: string): Promise<{ readonly changed: boolean }> {
  const { context, deployment } = task;
  const home = workspacePath(context.dataDir, deployment.workspace);
  const into = insideWorkspace(home, path);
  const account = accountOf(task);
  if (account === undefined) return checkout({ ...at, into });
  await prepareSource(task);
  if (await holdsCommit({ ...at, into, as: account })) return { changed: false };
  await placeAs(account, home, { into, make: (folder) => checkout({ ...at, into: folder }) });
  return { changed: true };
}
