import { dirname, normalize } from 'node:path';
import type { Lookup } from '@backstay/document';
import type { RunningAs } from '@backstay/deployers';
import { accountOf } from './account.ts';
import { releaseLogs } from './logs.ts';
import type { StepTask } from './task.ts';

/**
 * As whom the process of a release runs: as the steps do. It may write in the folders of the logs that the document names in the
 * release, which are looked for there. @throws {SupervisorFailed} where this machine has no such user
 */
export function runningAs(
  { context, deployment }: Pick<StepTask, 'context' | 'deployment'>,
  lookup: Lookup,
): RunningAs {
  const runAs = accountOf({ context, deployment });
  return runAs === undefined ? {} : { runAs, writable: releaseLogs(deployment, lookup).flatMap(folderOf) };
}

/** The folder of a log, relative to the release, as far as it stands without wildcards. */
function folderOf(file: string): string[] {
  const names = dirname(normalize(file)).split('/');
  const wild = names.findIndex((name) => /[*?[\](){}!+@|]/.test(name));
  const folder = names.slice(0, wild < 0 ? undefined : wild).join('/');
  return ['', '.'].includes(folder) || folder.startsWith('..') ? [] : [folder];
}
