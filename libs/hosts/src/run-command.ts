import { existsSync, mkdirSync } from 'node:fs';
import { send } from '../supervisor/machine.mjs';
import { whyNoSwitch } from './account.ts';
import { Changes } from './changes.ts';
import { follow } from './follow.ts';
import { askSupervisor } from './idle-supervisors.ts';
import type { CommandOutcome } from './outcome.ts';
import { requireProcessGroups } from './platform.ts';
import { codeNamedIn } from './lack-of-platform.ts';
import { observe } from './records.ts';
import type { CommandRequest } from './request.ts';
import { defaultGraceMs } from './request.ts';
import { passFence } from './stale-token.ts';
import { attemptFolder, fenceOf, stepFolder } from './step-folder.ts';
import type { Supervisor } from './supervisor.ts';
import { claimLostCode, staleTokenCode } from './supervisor.ts';

/** The supervisor keeps the deadline; only one that is itself stuck is given up on, this much later. */
const patienceMs = 30_000;
/** Supervisors and folders report their changes; this finds what was not reported. */
const lookAgainMs = 500;
const mostTries = 5;

/** The platform could not run the command, which says nothing about the command itself: nothing of it was begun. */
export class SupervisorFailed extends Error {
  override readonly name = 'SupervisorFailed';
  /** The system's code where it is one of those that everybody lacks: no space, no memory, no processes. */
  readonly code: string | undefined;

  constructor(message: string) {
    super(message);
    this.code = codeNamedIn(message);
  }
}

/**
 * Runs the command under a supervisor that outlives this process, or re-attaches to the attempt when anybody has begun it
 * before: the same key and attempt run once.
 * @throws {StaleToken} when a higher token was shown for the step.
 * @throws {SupervisorFailed} when no supervisor could claim the attempt.
 */
export async function runCommand(request: CommandRequest): Promise<CommandOutcome> {
  requireProcessGroups();
  if (request.commands.length === 0) throw new RangeError('there is no command to run');
  const step = stepFolder(request);
  // The supervisor makes both durable with its claim, before it begins anything.
  mkdirSync(step, { recursive: true, mode: 0o700 });
  passFence(fenceOf(step), request.token, { durable: false });
  const isBegun = (): boolean => existsSync(attemptFolder(step, request.attempt));
  if (!isBegun() && request.signal?.aborted)
    return { status: 'not-started', why: 'it was interrupted before it began' };
  const refused = request.runAs && !isBegun() ? whyNoSwitch(request.runAs) : null;
  if (refused) throw new SupervisorFailed(`the command cannot run as ${request.runAs?.name}: ${refused}`);
  for (let tries = 1; tries <= mostTries; tries += 1) {
    const end = await attach(step, request, isBegun());
    if (end !== 'not-claimed') return end;
  }
  throw new SupervisorFailed(`${mostTries} claims were given back or never made, and nothing began`);
}

/** Waits for the end of an attempt, whoever runs it. */
async function attach(step: string, request: CommandRequest, begun: boolean): Promise<CommandOutcome | 'not-claimed'> {
  const changes = new Changes();
  request.signal?.addEventListener('abort', changes.notify, { once: true });
  try {
    return await untilEnd(step, request, begun ? null : askSupervisor(step, request, changes.notify), changes);
  } finally {
    request.signal?.removeEventListener('abort', changes.notify);
    changes.close();
  }
}

async function untilEnd(
  step: string,
  request: CommandRequest,
  supervisor: Supervisor | null,
  changes: Changes,
): Promise<CommandOutcome | 'not-claimed'> {
  const folder = attemptFolder(step, request.attempt);
  const output = follow(folder, request.onOutput);
  const giveUpAt = performance.now() + request.timeoutMs + 2 * (request.graceMs ?? defaultGraceMs) + patienceMs;
  let interrupted = false;
  for (;;) {
    const reports = supervisor !== null && supervisor.code === null;
    // Our own supervisor reports claim and end; the folder shows the rest, and it is there once somebody has the claim.
    if (!reports || request.onOutput !== undefined) changes.watch(folder);
    const seen = observe(folder);
    output.drain();
    if (seen.status === 'ended') return seen.outcome;
    if (seen.status === 'unknown') return { status: 'unknown', why: seen.why, running: seen.running };
    if (seen.status === 'none' && !reports) return notClaimed(step, request, supervisor);
    if (performance.now() > giveUpAt)
      return { status: 'unknown', why: 'its supervisor does not respond', running: true };
    if (seen.status === 'running' && request.signal?.aborted && !interrupted)
      interrupted = send(seen.claim.supervisor.pid, 'SIGTERM');
    await changes.next(lookAgainMs);
  }
}

/** Another's claim was given back, or the supervisor was ended while it waited. @throws what stands in the way for good */
function notClaimed(step: string, request: CommandRequest, supervisor: Supervisor | null): 'not-claimed' {
  if (supervisor?.code === staleTokenCode) passFence(fenceOf(step), request.token);
  if (supervisor?.problem && supervisor.code !== claimLostCode)
    throw new SupervisorFailed(`the command's supervisor cannot begin: ${supervisor.problem}`);
  return 'not-claimed';
}
