import { cacheDirectory } from '../run/directories.ts';
import type { ProvisionOptions } from '../part.ts';
import { thisMachine } from './machine.ts';
import type { ProgramRecipe } from './recipe.ts';
import type { ProgramRequest } from './source.ts';

/** The request for a program on this machine. */
export async function requestFor<R extends ProgramRecipe>(
  recipe: R,
  { dataDir, env = process.env, signal }: ProvisionOptions,
): Promise<ProgramRequest & { recipe: R }> {
  const cache = await cacheDirectory(env, dataDir);
  return { recipe, machine: thisMachine({ env, cache, signal }) };
}
