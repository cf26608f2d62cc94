import { existsSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { leaveControlGroup, send } from '../supervisor/machine.mjs';
import { change } from './changes.ts';
import type { CommandOutcome } from './outcome.ts';
import type { Observation } from './records.ts';
import { observe, remainingProcesses } from './records.ts';
import type { CommandName } from './request.ts';
import { defaultGraceMs } from './request.ts';
import { passFence } from './stale-token.ts';
import { attemptFolder, fenceOf, stepFolder } from './step-folder.ts';

/** What this machine's disk and processes say about the latest attempt of a step. */
export type CommandProbe =
  | { readonly status: 'none' }
  | { readonly status: 'running'; readonly attempt: number; readonly startedAt: string; readonly pid: number }
  | { readonly status: 'ended'; readonly attempt: number; readonly startedAt: string; readonly outcome: CommandOutcome }
  | {
      readonly status: 'unknown';
      readonly attempt: number;
      readonly startedAt: string;
      readonly why: string;
      /** Whether processes of the command still run here; null on another machine. */
      readonly running: boolean | null;
    };

function latestAttempt(step: string): number | null {
  if (!existsSync(step)) return null;
  const numbers = readdirSync(step).flatMap((name) => /^attempt-(\d+)$/.exec(name)?.[1] ?? []);
  return numbers.length === 0 ? null : Math.max(...numbers.map(Number));
}

/** Looks without touching. `none` says that nothing was ever begun *in this directory*. */
export function probeCommand(name: CommandName): CommandProbe {
  const step = stepFolder(name);
  const attempt = latestAttempt(step);
  return attempt === null ? { status: 'none' } : describe(attempt, observe(attemptFolder(step, attempt)));
}

function describe(attempt: number, seen: Observation): CommandProbe {
  if (seen.status === 'none') return seen;
  const { startedAt, supervisor } = seen.claim;
  if (seen.status === 'running') return { status: 'running', attempt, startedAt, pid: supervisor.pid };
  if (seen.status === 'ended') return { status: 'ended', attempt, startedAt, outcome: seen.outcome };
  return { status: 'unknown', attempt, startedAt, why: seen.why, running: seen.running };
}

export interface CommandInterruption extends CommandName {
  /** The token of who interrupts; lower ones can begin nothing of this step afterwards. */
  readonly token: number;
  /** 5 s by default: how long processes may take to end when their supervisor is gone. */
  readonly graceMs?: number;
}

/**
 * Ends the step's processes on this machine and waits until they are gone; returns what is known then.
 * Also ends those that lost their supervisor: the result stays `unknown`. Throws StaleToken.
 */
export async function interruptCommand(request: CommandInterruption): Promise<CommandProbe> {
  const step = stepFolder(request);
  passFence(fenceOf(step), request.token);
  const attempt = latestAttempt(step);
  if (attempt === null) return { status: 'none' };
  const folder = attemptFolder(step, attempt);
  const graceMs = request.graceMs ?? defaultGraceMs;
  await endThroughSupervisor(folder, graceMs);
  await endWithoutSupervisor(folder, graceMs);
  return probeCommand(request);
}

/** The supervisor has the same grace and some time to write down the end. */
async function endThroughSupervisor(folder: string, graceMs: number): Promise<void> {
  const seen = observe(folder);
  if (seen.status !== 'running' || !send(seen.claim.supervisor.pid, 'SIGTERM')) return;
  const deadline = performance.now() + 2 * graceMs + 5_000;
  while (observe(folder).status === 'running' && performance.now() < deadline) await change(folder, 100);
  if (observe(folder).status === 'running') send(seen.claim.supervisor.pid, 'SIGKILL');
}

async function endWithoutSupervisor(folder: string, graceMs: number): Promise<void> {
  const seen = observe(folder);
  if (seen.status !== 'unknown' || seen.running !== true) return;
  const remaining = (): number[] => remainingProcesses(folder, seen.claim);
  for (const pid of remaining()) send(pid, 'SIGTERM');
  const deadline = performance.now() + graceMs;
  while (remaining().length > 0 && performance.now() < deadline) await change(folder, 50);
  for (const pid of remaining()) send(pid, 'SIGKILL');
  if (seen.claim.controlGroup) leaveControlGroup(seen.claim.controlGroup);
}

/** Removes what is on disk about a step, once outcome and output are recorded elsewhere; its fence stays. A running one is kept. */
export async function forgetCommand(name: CommandName): Promise<void> {
  const step = stepFolder(name);
  if (!existsSync(step) || probeCommand(name).status === 'running') return;
  const attempts = readdirSync(step).filter((entry) => entry.startsWith('attempt-'));
  await Promise.all(attempts.map((entry) => rm(join(step, entry), { recursive: true, force: true })));
}
