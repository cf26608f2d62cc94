import type { RevertPart } from '@backstay/document';
import { withinTime } from '../bounded.ts';
import { succeeded, type StepEnd } from '../end.ts';
import { knownEnvironment } from '../environment.ts';
import { readinessOf, releaseLocation, type ReleaseLocation } from '../release-location.ts';
import { runningAs } from '../running-as.ts';
import type { ActionOf, RollbackTask } from '../task.ts';

/** The deployer's own inverse, part by part. Each part may be done again, and is done only where the new release is in the way. */
export function revertPart(task: RollbackTask<ActionOf<'revert'>>): Promise<StepEnd> {
  return withinTime(task, async (signal) => {
    if (task.deployment.plan.delivery === null)
      return succeeded({ result: { nothing: 'no deployer has put anything in place' } });
    return parts[task.step.action.part](task, releaseLocation(task), signal);
  });
}

const parts: Readonly<
  Record<RevertPart, (task: RollbackTask, location: ReleaseLocation, signal: AbortSignal) => Promise<StepEnd>>
> = {
  'stop-new': stopNew,
  'previous-version': goBack,
  restart,
};

async function stopNew({ target }: RollbackTask, { deployer, delivered }: ReleaseLocation): Promise<StepEnd> {
  return succeeded({ result: await deployer.stopNew(delivered, target?.release ?? null) });
}

/** A service is started by the restart that follows. */
async function goBack(task: RollbackTask, { deployer, delivered }: ReleaseLocation): Promise<StepEnd> {
  await deployer.unconfigure(delivered);
  return succeeded({ result: await deployer.goBack(delivered, previousOf(task)) });
}

async function restart(
  task: RollbackTask,
  { deployer, delivered }: ReleaseLocation,
  signal: AbortSignal,
): Promise<StepEnd> {
  const previous = previousOf(task);
  if (previous === null) {
    const { status } = await deployer.state(delivered.delivery);
    return succeeded({ result: { restarted: false, why: 'nothing ran before, so nothing is started', status } });
  }
  const ready = readinessOf(task.deployment.plan);
  const as = runningAs(task, knownEnvironment(task).lookup);
  const starting = { ready, timeoutMs: task.step.timeoutMs, signal, ...as };
  return succeeded({ result: await deployer.restart(delivered, previous, starting) });
}

/** The release that is gone back to; null: nothing ran before. @throws {Error} where what ran before is not a release */
function previousOf({ target, deployment }: RollbackTask): string | null {
  if (target === null || target.release !== null) return target?.release ?? null;
  const root = deployment.plan.delivery?.root;
  throw new Error(`${target.version} is not a release below ${root}, so nothing can be switched back to`);
}
