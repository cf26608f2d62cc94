import { setTimeout as pause } from 'node:timers/promises';
import { interrupted, noLongerWanted, succeeded, type StepEnd } from './step-end.ts';
import type { StepTask } from './step-task.ts';

/** Waits for the rest of the time: a restart does not begin it anew. */
export async function performWait({ startedAt, ground, unwanted, detach }: StepTask, ms: number): Promise<StepEnd> {
  const left = Math.max(0, Date.parse(startedAt) + ms - Date.parse(ground.now()));
  const ended = await pause(left, true, { signal: AbortSignal.any([unwanted, detach]) }).catch(() => false);
  if (ended) return succeeded({ result: { waitedMs: ms } });
  detach.throwIfAborted();
  return interrupted(noLongerWanted);
}
