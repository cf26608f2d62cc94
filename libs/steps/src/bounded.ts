import { codeNamedIn, isLackOfPlatform, StaleToken, SupervisorFailed, timeLimit } from '@backstay/hosts';
import { BackupFailed } from '@backstay/database';
import { NotReady } from '@backstay/deployers';
import { lastOutput } from './output.ts';
import { redactorOf } from './environment.ts';
import { failed, interrupted, noLongerWanted, type StepEnd } from './end.ts';
import type { StepTask } from './task.ts';

/**
 * Does what ends by itself within the step's time; the signal is aborted by the deadline, by `unwanted` and by `detach`. What it
 * throws fails the step, except after `detach`: then it is thrown on, for the next who performs the step.
 */
export async function withinTime(task: StepTask, work: (signal: AbortSignal) => Promise<StepEnd>): Promise<StepEnd> {
  const { step, unwanted, detach } = task;
  const deadline = timeLimit(step.timeoutMs);
  try {
    return await work(AbortSignal.any([deadline, unwanted, detach]));
  } catch (error) {
    if (detach.aborted) throw error;
    if (unwanted.aborted) return interrupted(noLongerWanted);
    if (deadline.aborted) return failed(`it did not end within ${step.timeoutMs} ms${lastReply(error, task)}`);
    return failedBy(error, task);
  }
}

/** The step has failed by this error. @throws {PlatformLacks} where it says only that the platform could not perform the step */
export function failedBy(error: unknown, task: Pick<StepTask, 'context' | 'deployment'>): StepEnd {
  throwIfLacking(error, task.context.dataDir);
  return failed(messageOf(error, task));
}

/** The platform could not, which says nothing about the step; `code` is the system's. */
export class PlatformLacks extends Error {
  override readonly name = 'PlatformLacks';

  constructor(
    readonly code: string,
    cause: unknown,
  ) {
    super(`the platform could not perform the step: ${code}`, { cause });
  }
}

/** What `pg_dump` says of the file that it writes; what a server says of its own disk is a failure of the step. */
const ownWrites = /^(?:pg_dump: )+(?:error: )?could not (?:write|open|create).*$/m;

/** @throws {PlatformLacks} @throws {SupervisorFailed} */
export function throwIfLacking(error: unknown, dataDir: string): void {
  if (error instanceof SupervisorFailed || error instanceof PlatformLacks) throw error;
  if (isLackOfPlatform(error, dataDir)) throw new PlatformLacks((error as NodeJS.ErrnoException).code ?? 'EIO', error);
  const [own] = error instanceof BackupFailed ? (ownWrites.exec(error.message) ?? []) : [];
  const code = own === undefined ? undefined : codeNamedIn(own);
  if (code !== undefined) throw new PlatformLacks(code, error);
}

const lastReply = (error: unknown, task: StepTask): string =>
  error instanceof NotReady ? `: ${messageOf(error, task)}` : '';

/** What went wrong, without any secret of this environment. */
export function messageOf(error: unknown, { context, deployment }: Pick<StepTask, 'context' | 'deployment'>): string {
  if (error instanceof StaleToken) return `${error.message}; a later deployment has changed this place`;
  const text = redactorOf({ context, deployment });
  const message = text(error instanceof Error ? error.message : String(error));
  return error instanceof NotReady ? `${message}${lastOutput({ tail: text(error.output) })}` : message;
}
