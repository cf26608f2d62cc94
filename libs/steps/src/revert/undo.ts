import { currentRelease, deactivate, serviceState, stopService, switchBack, unconfigure } from '@backstay/deployers';
import type { RevertPart } from '@backstay/document';
import { withinTime } from '../bounded.ts';
import { failed, succeeded, type StepEnd } from '../end.ts';
import { pointBack, readinessOf, releaseLocation, type ReleaseLocation } from '../release-location.ts';
import type { ActionOf, RollbackTask } from '../task.ts';

/** The deployer's own inverse, part by part. Each part may be done again, and is done only where the new release is in the way. */
export function revertPart(task: RollbackTask<ActionOf<'revert'>>): Promise<StepEnd> {
  return withinTime(task, async (signal) => {
    if (task.deployment.plan.delivery === null)
      return succeeded({ result: { nothing: 'no deployer has put anything in place' } });
    return performers[task.step.action.part](task, releaseLocation(task), signal);
  });
}

const performers: Readonly<
  Record<RevertPart, (task: RollbackTask, location: ReleaseLocation, signal: AbortSignal) => Promise<StepEnd>>
> = {
  'stop-new': stopNew,
  'previous-version': backToPrevious,
  restart,
};

/** Only the new release is stopped: where the switch never happened, the previous one serves on. */
async function stopNew({ target }: RollbackTask, { root, token, release }: ReleaseLocation): Promise<StepEnd> {
  const isNew = (await currentRelease(root))?.name === release && target?.release !== release;
  if (!isNew) return succeeded({ result: { stopped: false, why: 'the new release is not the current one' } });
  await stopService({ root, token });
  return succeeded({ result: { stopped: true } });
}

/** The new release's configuration and the link go back; a service is started by the restart that follows. */
async function backToPrevious(
  { target, deployment }: RollbackTask,
  { root, token, release }: ReleaseLocation,
): Promise<StepEnd> {
  await unconfigure({ root, token, release, deployment: deployment.of });
  if (target === null) {
    await deactivate({ root, token });
    return succeeded({ result: { current: null } });
  }
  if (target.release === null) return failed(noRelease(target.version, root));
  await pointBack({ root, token }, target.release);
  return succeeded({ result: { current: target.release } });
}

async function restart(
  { target, step, deployment }: RollbackTask,
  { root, token }: ReleaseLocation,
  signal: AbortSignal,
): Promise<StepEnd> {
  if (target === null)
    return succeeded({
      result: {
        restarted: false,
        why: 'nothing ran before, so nothing is started',
        status: (await serviceState({ root })).status,
      },
    });
  if (target.release === null) return failed(noRelease(target.version, root));
  const ready = readinessOf(deployment.plan);
  const { restarted, durationMs } = await switchBack({
    root,
    token,
    to: target.release,
    ready,
    timeoutMs: step.timeoutMs,
    signal,
  });
  return succeeded({ result: { current: target.release, restarted, durationMs } });
}

function noRelease(version: string, root: string): string {
  return `${version} is no release below ${root}, so nothing can be switched back to`;
}
