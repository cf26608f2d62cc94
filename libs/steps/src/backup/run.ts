import { basename } from 'node:path';
import { backup, type Backup } from '@backstay/database';
import { guardedServer } from '@backstay/guarded-io';
import { withinTime } from '../bounded.ts';
import { succeeded, type StepEnd } from '../end.ts';
import { environmentFor } from '../environment.ts';
import { backupPath } from '../layout.ts';
import type { ActionOf, StepTask } from '../task.ts';

/** Dumps every database of the step, one after another; each is proven readable before the step is done. */
export function backUp(task: StepTask<ActionOf<'backup'>>): Promise<StepEnd> {
  return withinTime(task, async (signal) => {
    const { context, deployment, step } = task;
    const { urls } = step.action;
    const { lookup } = environmentFor(task);
    const server = guardedServer(deployment.plan);
    const made: Backup[] = [];
    for (const [index, url] of urls.entries()) {
      const into = backupPath(context.dataDir, deployment.id, step.id, urls.length === 1 ? null : index + 1);
      made.push(await backup({ url: await server(url, lookup), into, signal }));
    }
    return succeeded({ result: resultOf(made) });
  });
}

/** Names of files, never their URLs; the first backup that began shows since when writes are not in them. */
function resultOf(made: readonly Backup[]): Readonly<Record<string, unknown>> {
  const files = made.map(({ path, ...details }) => ({ file: basename(path), ...details }));
  const sum = (of: (backup: Backup) => number) => made.reduce((total, each) => total + of(each), 0);
  const only = files.length === 1 ? { file: files[0]?.file, sha256: files[0]?.sha256 } : {};
  const takenAt = made.map((each) => each.takenAt).sort()[0];
  return {
    ...only,
    bytes: sum(({ bytes }) => bytes),
    tables: sum(({ tables }) => tables),
    durationMs: sum(({ durationMs }) => durationMs),
    takenAt,
    files,
  };
}
