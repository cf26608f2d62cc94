import { basename, dirname } from 'node:path';
import type { Machine, Outcome } from './machine.ts';

export interface FakeMachine extends Partial<Omit<Machine, 'run'>> {
  /** Path of each program, and what it prints for any arguments. */
  programs?: Record<string, string>;
  files?: Record<string, string>;
  /** Hears each command; may change `programs`, as a download would. */
  onRun?: (command: string, args: string[]) => void;
}

const succeeded = (stdout: string): Outcome => ({ code: 0, stdout, stderr: '' });
const notFound: Outcome = { code: 127, stdout: '', stderr: 'not found' };

/** A machine that has only what it is given. */
export function fakeMachine({
  programs = {},
  files = {},
  onRun = () => undefined,
  ...rest
}: FakeMachine = {}): Machine {
  const byName = (command: string) =>
    Object.keys(programs).find((path) => path === command || basename(path) === command);
  const childOf = (directory: string, path: string) =>
    path.startsWith(`${directory}/`) && path.slice(directory.length + 1).split('/')[0];
  return {
    platform: 'linux',
    arch: 'x64',
    uid: 1000,
    env: { PATH: '/usr/bin' },
    cache: '/home/ada/.cache/backstay',
    isProgram: async (path) => path in programs,
    isOpen: async () => true,
    list: async (directory) => [...new Set(Object.keys(programs).flatMap((path) => childOf(directory, path) || []))],
    read: async (path) => files[path] ?? '',
    run: async (command, args) => {
      const program = byName(command);
      onRun(command, args);
      return program ? succeeded(programs[program] as string) : notFound;
    },
    ...rest,
  };
}

/** A PostgreSQL installation: the program and initdb beside it. */
export const postgresAt = (path: string, version: string): Record<string, string> => ({
  [path]: `postgres (PostgreSQL) ${version}`,
  [`${dirname(path)}/initdb`]: `initdb (PostgreSQL) ${version}`,
});
