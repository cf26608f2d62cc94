import { existsSync, mkdirSync } from 'node:fs';
import { send } from '../supervisor/machine.mjs';
import { change } from './changes.ts';
import { follow } from './follow.ts';
import type { CommandOutcome } from './outcome.ts';
import { requireProcessGroups } from './platform.ts';
import { observe } from './records.ts';
import type { CommandRequest } from './request.ts';
import { defaultGraceMs } from './request.ts';
import { passFence } from './stale-token.ts';
import { attemptFolder, fenceOf, stepFolder } from './step-folder.ts';
import type { Supervisor } from './supervisor.ts';
import { claimLostCode, staleTokenCode, startSupervisor } from './supervisor.ts';

/** The supervisor keeps the deadline; only one that is itself stuck is given up on, this much later. */
const patienceMs = 30_000;
const firstLookMs = 25;
const nextLookMs = 500;
const mostTries = 5;

/**
 * Runs the command under a supervisor that outlives this process, or re-attaches to the attempt when anybody has begun it
 * before: the same key and attempt run once. Throws StaleToken when a higher token was shown for the step.
 */
export async function runCommand(request: CommandRequest): Promise<CommandOutcome> {
  requireProcessGroups();
  if (request.commands.length === 0) throw new RangeError('there is no command to run');
  const step = stepFolder(request);
  mkdirSync(step, { recursive: true, mode: 0o700 });
  passFence(fenceOf(step), request.token);
  const begun = existsSync(attemptFolder(step, request.attempt));
  if (!begun && request.signal?.aborted) return { status: 'not-started', why: 'it was interrupted before it began' };
  for (let tries = 1; ; tries += 1) {
    const claimed = existsSync(attemptFolder(step, request.attempt));
    const outcome = await attach(step, request, claimed ? null : startSupervisor(step, request));
    if (outcome !== 'withdrawn') return outcome;
    if (tries === mostTries)
      return { status: 'not-started', why: 'others claimed it again and again and began nothing' };
  }
}

/** Waits for the end of an attempt, whoever runs it; `withdrawn` when another's claim was given back before anything began. */
async function attach(
  step: string,
  request: CommandRequest,
  supervisor: Supervisor | null,
): Promise<CommandOutcome | 'withdrawn'> {
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
    if (seen.status === 'none' && (supervisor === null || ended)) return neverClaimed(step, request, supervisor);
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

function neverClaimed(
  step: string,
  request: CommandRequest,
  supervisor: Supervisor | null,
): CommandOutcome | 'withdrawn' {
  if (supervisor === null || supervisor.code === claimLostCode) return 'withdrawn';
  if (supervisor.code === staleTokenCode) passFence(fenceOf(step), request.token);
  return { status: 'not-started', why: supervisor.problem || `the supervisor ended with ${supervisor.code}` };
}
