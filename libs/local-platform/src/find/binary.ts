import { dirname, join } from 'node:path';
import type { Machine } from './machine.ts';
import type { Binary, ProgramRequest } from './source.ts';
import { isOlder, majorOf, versionIn } from './version.ts';

const newestFirst = (a: string, b: string) => b.localeCompare(a, 'en', { numeric: true });

const literally = (text: string) => text.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
const asPattern = (segment: string) => new RegExp(`^${segment.split('*').map(literally).join('.+')}$`);

/** The directories that a pattern stands for, newest version first; a `*` stands for a part of one name. */
export async function expand(machine: Machine, pattern: string): Promise<string[]> {
  const segments = pattern.split('/');
  const first = segments.findIndex((segment) => segment.includes('*'));
  if (first < 0) return [pattern];
  const parent = segments.slice(0, first).join('/') || '/';
  const wanted = asPattern(segments[first] as string);
  const names = (await machine.list(parent)).filter((name) => wanted.test(name)).sort(newestFirst);
  const rest = segments.slice(first + 1);
  const expanded = names.map((name) => expand(machine, [join(parent, name), ...rest].join('/')));
  return (await Promise.all(expanded)).flat();
}

/** Tries a program file: the program, or why it cannot be used. */
export async function tryBinary(
  request: ProgramRequest,
  path: string,
  environment: Record<string, string> = {},
): Promise<Binary | string> {
  const { machine, recipe, major } = request;
  for (const name of recipe.companions) {
    if (!(await machine.isProgram(join(dirname(path), name)))) return `${path}: ${name} is not beside it`;
  }
  if (recipe.unprivileged && machine.uid === 0 && !(await machine.isOpen(dirname(path)))) {
    return `${path}: only root can reach it, and it does not run as root`;
  }
  const reply = await machine.run(path, [recipe.versionFlag ?? '--version'], {
    env: { ...machine.env, ...environment },
    timeout: 10_000,
  });
  const version = versionIn(reply.stdout);
  if (reply.code !== 0 || !version) return `${path}: does not run (${reply.stderr.trim().split('\n')[0]})`;
  if (isOlder(version, recipe.minimum)) return `${path}: is ${version}, older than ${recipe.minimum}`;
  if (major && majorOf(version) !== major)
    return `${path}: is ${version}, but the existing data are of version ${major}`;
  return { kind: 'binary', origin: path, version, environment };
}

/** The first usable program in these directories, or why none is usable. */
export async function tryDirectories(
  request: ProgramRequest,
  directories: string[],
  environment: Record<string, string> = {},
): Promise<Binary | string> {
  const refused: string[] = [];
  for (const directory of new Set(directories)) {
    for (const program of request.recipe.programs) {
      const path = join(directory, program);
      if (!(await request.machine.isProgram(path))) continue;
      const found = await tryBinary(request, path, environment);
      if (typeof found !== 'string') return found;
      refused.push(found);
    }
  }
  return refused.length > 0 ? refused.join('; ') : `no ${request.recipe.programs.join(' or ')} found`;
}
