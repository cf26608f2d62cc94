import { putBackWeights } from '@backstay/traffic';
import { withinTime } from '../bounded.ts';
import { succeeded, type StepEnd } from '../end.ts';
import type { StepKind } from '../kind.ts';
import type { ActionOf, RollbackTask } from '../task.ts';
import { proxyAt } from '../traffic/proxy.ts';

function putBack(task: RollbackTask<ActionOf<'weights'>>): Promise<StepEnd> {
  const { socket, backend, weights: earlier } = task.step.action;
  return withinTime(task, async (signal) => {
    await putBackWeights(proxyAt(task, socket, signal), backend, earlier);
    return succeeded({ result: { backend, weights: earlier } });
  });
}

/** Gives the servers of a backend the weights that they once had. */
export const weights: StepKind<ActionOf<'weights'>> = { undo: putBack };
