import { setTimeout as pause } from 'node:timers/promises';
import type { CommandOutcome } from './outcome.ts';
import { forgetCommand } from './probe-command.ts';
import type { CommandRequest } from './request.ts';
import { runCommand } from './run-command.ts';

export interface WaitRequest extends Omit<CommandRequest, 'attempt' | 'timeoutMs'> {
  readonly withinMs: number;
  /** The pause between two tries; 1 s by default. */
  readonly everyMs?: number;
}

/** `last` is how the last try ended. */
export interface WaitOutcome {
  readonly status: 'met' | 'not-met' | 'interrupted';
  readonly tries: number;
  readonly last: CommandOutcome;
}

/** Repeats a command that only looks until it exits with 0; one that cannot be started or is unknown is tried again too. */
export async function waitUntil({ withinMs, everyMs = 1_000, ...request }: WaitRequest): Promise<WaitOutcome> {
  const deadline = performance.now() + withinMs;
  const look = { ...request, key: `${request.key}.until`, attempt: 1 };
  for (let tries = 1; ; tries += 1) {
    const last = await runCommand({ ...look, timeoutMs: Math.max(1, deadline - performance.now()) });
    await forgetCommand(look);
    if (last.status === 'exited' && last.exitCode === 0) return { status: 'met', tries, last };
    if (request.signal?.aborted) return { status: 'interrupted', tries, last };
    if (performance.now() + everyMs >= deadline) return { status: 'not-met', tries, last };
    await pause(everyMs, undefined, { signal: request.signal }).catch(() => undefined);
  }
}
