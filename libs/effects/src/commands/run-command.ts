import { existsSync, mkdirSync } from 'node:fs';
import { send } from '../../supervisor/machine.mjs';
import { change } from './changes.ts';
import { follow } from './follow.ts';
import type { CommandOutcome } from './outcome.ts';
import { observe } from './records.ts';
import type { CommandRequest } from './request.ts';
import { defaultGraceMs } from './request.ts';
import { passFence } from './stale-token.ts';
import { attemptFolder, fenceOf, stepFolder } from './step-folder.ts';
import type { Supervisor } from './supervisor.ts';
import { staleTokenCode, startSupervisor } from './supervisor.ts';

/** The supervisor keeps the deadline; only one that is itself stuck is given up on, this much later. */
const patienceMs = 30_000;
const firstLookMs = 25;
const nextLookMs = 500;

/**
 * Runs the command under a supervisor that outlives this process, or re-attaches to the attempt when anybody has begun it
 * before: the same key and attempt run once. Throws StaleToken when a higher token was shown for the step.
 */
export async function runCommand(request: CommandRequest): Promise<CommandOutcome> {
  if (process.platform === 'win32') throw new Error('commands need process groups, which Windows does not have');
  if (request.commands.length === 0) throw new RangeError('there is no command to run');
  const step = stepFolder(request);
  mkdirSync(step, { recursive: true, mode: 0o700 });
  passFence(fenceOf(step), request.token);
  const begun = existsSync(attemptFolder(step, request.attempt));
  if (!begun && request.signal?.aborted) return { status: 'not-started', why: 'it was interrupted before it began' };
  return await attach(step, request, begun ? null : startSupervisor(step, request));
}

/** Waits for the end of an attempt, whoever runs it. */
async function attach(step: string, request: CommandRequest, supervisor: Supervisor | null): Promise<CommandOutcome> {
  const folder = attemptFolder(step, request.attempt);
  const output = follow(folder, request.onOutput);
  const giveUpAt = performance.now() + request.timeoutMs + 2 * (request.graceMs ?? defaultGraceMs) + patienceMs;
  let interrupted = false;
  for (;;) {
    const ended = supervisor !== null && supervisor.code !== null;
    const seen = observe(folder);
    output.drain();
    if (seen.status === 'ended') return seen.outcome;
    if (seen.status === 'unknown') return { status: 'unknown', why: seen.why, running: seen.running };
    if (seen.status === 'none' && ended) return neverClaimed(step, request, supervisor);
    if (performance.now() > giveUpAt)
      return { status: 'unknown', why: 'its supervisor does not answer', running: true };
    if (seen.status === 'running' && request.signal?.aborted && !interrupted) {
      interrupted = send(seen.claim.supervisor.pid, 'SIGTERM');
    }
    await news(
      folder,
      seen.status === 'none' ? firstLookMs : nextLookMs,
      supervisor,
      interrupted ? undefined : request.signal,
    );
  }
}

/** A supervisor that ended is only news once: after that the files tell the rest. */
async function news(
  folder: string,
  withinMs: number,
  supervisor: Supervisor | null,
  signal?: AbortSignal,
): Promise<void> {
  const looked = change(folder, withinMs, signal?.aborted ? undefined : signal);
  const ended = supervisor !== null && supervisor.code === null ? [supervisor.ended] : [];
  await Promise.race([looked, ...ended]);
}

function neverClaimed(step: string, request: CommandRequest, supervisor: Supervisor): CommandOutcome {
  if (supervisor.code === staleTokenCode) passFence(fenceOf(step), request.token);
  return { status: 'not-started', why: supervisor.problem || `the supervisor ended with ${supervisor.code}` };
}
