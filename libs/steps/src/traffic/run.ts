import { failingTexts, judgeCommand } from '@backstay/checks';
import { weightsBefore, type RecordedWeights } from '@backstay/document';
import { moveTraffic } from '@backstay/traffic';
import { awaitCondition } from '../await-condition.ts';
import { withinTime } from '../bounded.ts';
import { failed, succeeded, type StepEnd } from '../end.ts';
import type { ActionOf, StepTask } from '../task.ts';
import { proxyAt } from './proxy.ts';

type Traffic = ActionOf<'traffic'>;

/** Moves traffic, proves it, and waits for what the step waits for. */
export function moveShare(task: StepTask<Traffic>): Promise<StepEnd> {
  const { state, step, deployment } = task;
  return move(task, weightsBefore({ ...state, plan: deployment.plan }, step));
}

/** The same in a rollback, before which no weights are recorded. */
export function moveShareBack(task: StepTask<Traffic>): Promise<StepEnd> {
  return move(task, null);
}

/** `before`: what the weights are known to have been, without which nothing could be put back; of a step that nothing takes back it is not asked. */
async function move(task: StepTask<Traffic>, before: RecordedWeights | null): Promise<StepEnd> {
  const { share, target, socket, backend } = task.step.action;
  const end = await withinTime(task, async (signal) => {
    const needed = task.step.undo?.kind === 'weights';
    if (needed && before?.weights == null)
      return failed(
        `nothing was changed: what the servers of backend ${backend} weighed before is not known${before?.problem ? ` (${before.problem})` : ''}`,
      );
    const begun = performance.now();
    const moved = await moveTraffic(proxyAt(task, socket, signal), { share, target, backend }, signal);
    const durationMs = Math.round(performance.now() - begun);
    const { weights, idle } = moved;
    const earlier = before?.weights ?? null;
    const details = { result: { backend, target, share: moved.share, weights, earlier, idle, durationMs } };
    const failing = failingTexts(judgeCommand([...task.step.expected], { exitCode: 0, durationMs, output: '' }));
    return failing.length === 0 ? succeeded(details) : failed(failing.join('; '), details);
  });
  return end.outcome.status === 'succeeded' ? awaitCondition(task, end) : end;
}
