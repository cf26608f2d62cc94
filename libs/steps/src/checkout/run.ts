import { resolveCommit } from '@backstay/git';
import { withinTime } from '../bounded.ts';
import { succeeded, type StepEnd } from '../end.ts';
import { knownEnvironment } from '../environment.ts';
import { checkOutInto, prepareSource, repositoriesPath, workspacePath } from '../layout.ts';
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
    await prepareSource(task);
    const { changed } = await checkOutInto(
      workspacePath(context.dataDir, deployment.workspace),
      { ...at, commit },
      into,
    );
    return succeeded({ result: { commit, into, changed } });
  });
}
