import { readFileSync, readdirSync } from 'node:fs';

/** Clock ticks per second, as Linux gives them to programs on every architecture. */
const ticksPerSecond = 100;

/** Milliseconds of CPU time that a process and its children have used, those that ended included; NaN where /proc is missing. */
export function cpuMsOf(pid) {
  const all = readAll();
  const own = all.get(pid);
  if (own === undefined) return NaN;
  const family = [own, ...[...all.values()].filter(({ parent }) => parent === pid)];
  return (family.reduce((sum, { ticks }) => sum + ticks, own.endedTicks) / ticksPerSecond) * 1000;
}

function readAll() {
  try {
    return new Map(
      readdirSync('/proc')
        .filter((name) => /^\d+$/.test(name))
        .flatMap((name) => stat(Number(name))),
    );
  } catch {
    return new Map();
  }
}

/** Empty for a process that ended meanwhile. */
function stat(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name, which may contain anything, ends with the last bracket.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const number = (at) => Number(fields[at]);
    return [[pid, { parent: number(1), ticks: number(11) + number(12), endedTicks: number(13) + number(14) }]];
  } catch {
    return [];
  }
}
