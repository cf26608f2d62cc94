import type { CommandRequest } from './request.ts';
import { Supervisor } from './supervisor.ts';

const most = 2;

/** Supervisors of this process that were started ahead of need; each is asked once. */
const idle: Supervisor[] = [];
let wanted = most;

/** How many are kept for the next commands, 2 at most; with 0 each command starts its own. Surplus ones end. */
export function keepIdleSupervisors(count: number): void {
  if (!Number.isInteger(count) || count < 0 || count > most)
    throw new RangeError(`idle supervisors are 0 to ${most}, not ${count}`);
  wanted = count;
  for (const supervisor of idle.splice(count)) supervisor.dismiss();
}

/**
 * Asks a supervisor for the command, one that waits when there is one, but for a command of another user, whose supervisor changes
 * its own umask. The next is started when this one is under way.
 */
export function askSupervisor(step: string, request: CommandRequest, onNews: () => void): Supervisor {
  const supervisor = (request.runAs ? undefined : idle.shift()) ?? new Supervisor(onNews);
  supervisor.ask(step, request, () => {
    onNews();
    setImmediate(fill);
  });
  return supervisor;
}

function fill(): void {
  while (idle.length < wanted) {
    const supervisor: Supervisor = new Supervisor(() => forget(supervisor));
    idle.push(supervisor);
  }
}

function forget(supervisor: Supervisor): void {
  const at = idle.indexOf(supervisor);
  if (at >= 0) idle.splice(at, 1);
}
