import { delimiter } from 'node:path';
import { expand, tryDirectories } from './binary.ts';
import type { Source, ProgramRequest } from './source.ts';

const usual = [
  '/usr/local/sbin',
  '/usr/local/bin',
  '/usr/sbin',
  '/usr/bin',
  '/opt/homebrew/bin',
  '/home/linuxbrew/.linuxbrew/bin',
];

async function directories({ machine, recipe }: ProgramRequest): Promise<string[]> {
  const path = (machine.env.PATH ?? '').split(delimiter).filter((directory) => directory.startsWith('/'));
  const more = await Promise.all(recipe.directories.map((pattern) => expand(machine, pattern)));
  return [...path, ...more.flat(), ...usual];
}

/** A program that is installed here: in PATH, or where distributions and Homebrew put servers. */
export const installed: Source = {
  name: 'a program on this machine',
  async look(request) {
    const found = await tryDirectories(request, await directories(request));
    return typeof found === 'string' ? { reason: found } : { program: found };
  },
};
