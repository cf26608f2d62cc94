import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/** A process for certain: numbers are given again, the same number with the same start is not. */
export interface Identity {
  pid: number;
  started: string;
}

function startOnLinux(pid: number): string | undefined {
  try {
    const afterName = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1) as string;
    const fields = afterName.split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

function startElsewhere(pid: number): string | undefined {
  try {
    return (
      execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8', stdio: 'pipe' }).trim() || undefined
    );
  } catch {
    return undefined;
  }
}

/** Undefined if no such process runs. */
export function identify(pid: number): Identity | undefined {
  const started = existsSync('/proc/self/stat') ? startOnLinux(pid) : startElsewhere(pid);
  return started === undefined ? undefined : { pid, started };
}

export const isAlive = ({ pid, started }: Identity): boolean => identify(pid)?.started === started;
