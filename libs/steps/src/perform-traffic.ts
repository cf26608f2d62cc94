import type { RecordedWeights } from '@backstay/deployment';
import { type Action, substitute } from '@backstay/document';
import { failingTexts, judgeCommand } from '@backstay/checks';
import { guardedIo } from '@backstay/guarded-io';
import { haproxy, moveTraffic, putBackWeights, type Proxy } from '@backstay/traffic';
import { awaitCondition } from './await-condition.ts';
import { withinTime } from './bounded.ts';
import { knownEnvironment } from './step-environment.ts';
import { failed, succeeded, type StepEnd } from './step-end.ts';
import type { StepTask } from './step-task.ts';

type Traffic = Extract<Action, { kind: 'traffic' }>;
type Reach = Pick<StepTask, 'ground' | 'deployment'>;

/** The proxy at a socket as a plan writes it; what is not of this machine must be in the profile's `allow`. */
export function proxyAt({ ground, deployment }: Reach, socket: string, signal: AbortSignal): Proxy {
  const place = substitute(socket, knownEnvironment({ ground, deployment }).lookup);
  return haproxy(place, { network: guardedIo(deployment.plan), signal });
}

/**
 * Moves traffic, proves it, and waits for what the step waits for. `before`: what the weights are known to have been, without
 * which nothing could be put back, so that nothing is changed; of a step that nothing takes back it is not asked.
 */
export async function performTraffic(
  task: StepTask,
  { share, target, socket, backend }: Traffic,
  before: RecordedWeights | null,
): Promise<StepEnd> {
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
    const facts = { result: { backend, target, share: moved.share, weights, earlier, idle, durationMs } };
    const failing = failingTexts(judgeCommand([...task.step.expected], { exitCode: 0, durationMs, output: '' }));
    return failing.length === 0 ? succeeded(facts) : failed(failing.join('; '), facts);
  });
  return end.outcome.status === 'succeeded' ? awaitCondition(task, end) : end;
}

/** Gives the servers of a backend the weights that they once had. */
export function performWeights(
  task: StepTask,
  { socket, backend, weights }: Extract<Action, { kind: 'weights' }>,
): Promise<StepEnd> {
  return withinTime(task, async (signal) => {
    await putBackWeights(proxyAt(task, socket, signal), backend, weights);
    return succeeded({ result: { backend, weights } });
  });
}
