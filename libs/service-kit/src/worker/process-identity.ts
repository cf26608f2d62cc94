import { readFileSync, readlinkSync } from 'node:fs';
import type { HolderPort } from './ports.ts';

const read = (path: string): string | null => {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return null;
  }
};

/** Start time of a process in clock ticks since boot (field 22 of proc_pid_stat(5)); null when there is no such process. */
function startTimeOf(pid: number | string): string | null {
  const stat = read(`/proc/${pid}/stat`);
  // The second field is the program's name in parentheses, which may hold blanks and parentheses.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
}

function pidNamespace(): string | null {
  try {
    return readlinkSync('/proc/self/ns/pid').replaceAll(/[^\d]/g, '');
  } catch {
    return null;
  }
}

/**
 * `host/boot id/pid namespace/pid/start time`. Where the system does not say (no /proc), nobody is ever known to be dead and
 * the end of a lease is awaited.
 */
export function processIdentity(host: string): HolderPort {
  const bootId = read('/proc/sys/kernel/random/boot_id');
  const namespace = pidNamespace();
  const startTime = startTimeOf('self');
  const isKnown = bootId !== null && namespace !== null && startTime !== null;
  const machine = `${host}/${bootId ?? 'unknown'}/${namespace ?? 'unknown'}/`;
  return {
    machine,
    holder: `${machine}${process.pid}/${startTime ?? Date.now()}`,
    isDead: (holder) => {
      if (!isKnown || !holder.startsWith(machine)) return false;
      const [pid = '', started = ''] = holder.slice(machine.length).split('/');
      return /^\d+$/.test(pid) && /^\d+$/.test(started) && startTimeOf(pid) !== started;
    },
  };
}
