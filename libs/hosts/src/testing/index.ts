import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
export { stepFolder } from '../step-folder.ts';
import type { CommandLine, CommandOutcome, CommandRequest } from '../index.ts';

/** A folder of its own, and a command request in it that is ready to be varied. */
export function workbench() {
  const directory = mkdtempSync(join(tmpdir(), 'backstay-commands-'));
  const path = (name: string): string => join(directory, name);
  const request = (script: string, more: Partial<CommandRequest> = {}): CommandRequest => ({
    directory,
    key: 'orders-1/deploy.1',
    attempt: 1,
    token: 1,
    commands: [line(script)],
    shell: true,
    cwd: directory,
    timeoutMs: 20_000,
    graceMs: 300,
    ...more,
  });
  return { directory, path, request, remove: () => rmSync(directory, { recursive: true, force: true }) };
}

export const line = (text: string, ...argv: string[]): CommandLine => ({ text, argv });

export const textOf = (path: string): string => (existsSync(path) ? readFileSync(path, 'utf8') : '');

/** The outcome when the command ended by itself; anything else is a failure of the test. */
export function exited(outcome: CommandOutcome) {
  if (outcome.status !== 'exited') throw new Error(`ended otherwise: ${JSON.stringify(outcome)}`);
  return outcome;
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !textOf(`/proc/${pid}/stat`).includes(') Z ');
  } catch {
    return false;
  }
}

/** Process ids of a process's supervisors that were not asked yet: those that were are in the folder of their step. */
export function idleSupervisorsOf(parent: number): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => isIdleSupervisor(pid, parent));
}

function isIdleSupervisor(pid: number, parent: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [, itsParent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (Number(itsParent) !== parent || readlinkSync(`/proc/${pid}/cwd`) !== '/') return false;
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('supervisor/supervisor.mjs');
  } catch {
    return false; // It ended while it was looked at.
  }
}
