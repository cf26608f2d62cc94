import { dirname, join } from 'node:path';
import { dataLossWindow, restore } from '@backstay/database';
import { kindOf, quantity } from '@backstay/document';
import { guardedServer } from '@backstay/guarded-io';
import { z } from 'zod';
import { withinTime, messageOf } from '../bounded.ts';
import { failed, succeeded, type StepEnd } from '../end.ts';
import { knownEnvironment } from '../environment.ts';
import { backupPath } from '../layout.ts';
import type { ActionOf, RollbackTask } from '../task.ts';

/** What a backup step has recorded of its files. */
const recordedSchema = z.object({
  files: z.array(z.object({ file: z.string(), sha256: z.string(), takenAt: z.string() })).min(1),
});

/** Restoring loses what was written since the backup: only as far as the document or the profile accepts it. */
export function restoreBackup(task: RollbackTask<ActionOf<'restore'>>): Promise<StepEnd> {
  return withinTime(task, async (signal) => {
    const { context, deployment, state } = task;
    const { action } = task.step;
    const recorded = recordedSchema.safeParse(state.steps[action.step]?.result);
    if (!recorded.success) return failed(`step ${action.step} has recorded no backup`);
    const files = filesOf(recorded.data, task);
    const takenAt = files.map((file) => file.takenAt).sort()[0] as string;
    const dataLossMs = dataLossWindow({ takenAt }, new Date(context.now()));
    const from = { dataLossMs, from: action.step, takenAt };
    const refusal = refused(dataLossMs, action.dataLossMs ?? deployment.plan.rollback.dataLossMs);
    if (refusal !== null) return failed(refusal, { result: from });
    const restored: Restored[] = [];
    const details = () => ({ result: { ...from, restored: restored.map(bounded) } });
    try {
      for await (const each of restoredFrom(files, task, signal)) restored.push(each);
      return succeeded(details());
    } catch (error) {
      if (restored.length === 0 || task.detach.aborted) throw error;
      // What is lost is lost, however the step ends.
      return failed(`databases put back: ${restored.length} of ${files.length}; ${messageOf(error, task)}`, details());
    }
  });
}

/** One database after the other. */
async function* restoredFrom(
  files: ReturnType<typeof filesOf>,
  task: RollbackTask<ActionOf<'restore'>>,
  signal: AbortSignal,
): AsyncGenerator<Restored> {
  const { context, deployment } = task;
  const { lookup } = knownEnvironment(task);
  const server = guardedServer(deployment.plan);
  const folder = dirname(backupPath(context.dataDir, deployment.of, task.step.action.step, null));
  for (const { file, sha256, index } of files) {
    const url = await server(urlsOf(task)[index] ?? '', lookup);
    const backup = { path: join(folder, file), sha256 };
    yield { file, ...(await restore({ url, from: backup, timeoutMs: task.step.timeoutMs, signal })) };
  }
}

type Restored = Awaited<ReturnType<typeof restore>> & { readonly file: string };

const namesAtMost = 100;

/** An event names what is gone, and its size stays bounded. */
function bounded({ dropped, ...restored }: Restored) {
  return { ...restored, dropped: dropped.slice(0, namesAtMost), droppedCount: dropped.length };
}

function refused(dataLossMs: number, acceptedMs: number | null): string | null {
  if (acceptedMs === null) return 'neither the document nor the profile accepts the loss of data that a restore brings';
  if (dataLossMs <= acceptedMs) return null;
  return `the writes of ${quantity(dataLossMs, 'ms')} would be lost, and the loss of ${quantity(acceptedMs, 'ms')} is accepted`;
}

/** One for each database, in the order of the backup; those that nothing changed stay as they are. */
function filesOf({ files }: z.infer<typeof recordedSchema>, task: RollbackTask<ActionOf<'restore'>>) {
  const urls = urlsOf(task);
  const planned = task.state.rollback?.restores.find(({ step }) => step === task.step.id);
  return files
    .map((file, index) => ({ ...file, index }))
    .filter(({ index }) => planned?.databases?.includes(urls[index] ?? '') ?? true);
}

function urlsOf({ deployment, step }: RollbackTask<ActionOf<'restore'>>): readonly string[] {
  const action = deployment.plan.steps.find(({ id }) => id === step.action.step)?.action;
  return action === undefined ? [] : kindOf(action).saves(action);
}
