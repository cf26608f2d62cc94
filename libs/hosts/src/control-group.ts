import { enterControlGroup, leaveControlGroup } from '../supervisor/machine.mjs';
import { randomUUID } from 'node:crypto';

/** What a process may use at most; null where nothing says it. */
export interface ProcessLimits {
  readonly cores: number | null;
  readonly memoryBytes: number | null;
}

/** The text of a file; null where it cannot be read. */
export type ReadText = (path: string) => Promise<string | null>;

const mount = '/sys/fs/cgroup';

/** The path of the unified hierarchy in `/proc/PID/cgroup`; null where there is none. */
export function groupOf(text: string): string | null {
  return /^0::(\/.*)$/m.exec(text)?.[1] ?? null;
}

/** `cpu.max`: quota and period, in microseconds; null for `max`. */
export function coresOf(text: string): number | null {
  const [, quota, period] = /^(\d+) (\d+)\s*$/.exec(text) ?? [];
  const cores = Number(quota) / Number(period);
  return Number.isFinite(cores) && cores > 0 ? cores : null;
}

/** `memory.max`; null for `max`. */
export function bytesOf(text: string): number | null {
  return /^[1-9]\d*\s*$/.test(text) ? Number(text) : null;
}

/** The group's folder and those of all groups around it, as each of them limits what is in it. */
function foldersOf(group: string): string[] {
  const names = group.split('/').filter((name) => name !== '');
  return names.includes('..') ? [] : names.map((_, at) => `/${names.slice(0, at + 1).join('/')}`).concat('');
}

async function least(group: string, file: string, parse: (text: string) => number | null, read: ReadText) {
  const texts = await Promise.all(foldersOf(group).map((folder) => read(`${mount}${folder}/${file}`)));
  const limits = texts.map((text) => parse(text ?? '')).filter((limit) => limit !== null);
  return limits.length === 0 ? null : Math.min(...limits);
}

/** What a process may use by its control group, version 2; null where that says nothing. */
export async function controlGroupLimits(pid: number, read: ReadText): Promise<ProcessLimits> {
  const group = groupOf((await read(`/proc/${pid}/cgroup`)) ?? '');
  if (group === null) return { cores: null, memoryBytes: null };
  const [cores, memoryBytes] = await Promise.all([
    least(group, 'cpu.max', coresOf, read),
    least(group, 'memory.max', bytesOf, read),
  ]);
  return { cores, memoryBytes };
}

/** Whether commands of this user get a control group of their own, which no process of theirs can leave. */
export function hasControlGroups(): boolean {
  const folder = enterControlGroup(`backstay-probe-${randomUUID()}`);
  if (folder !== null) leaveControlGroup(folder);
  return folder !== null;
}
