import { cacheDirectory } from '../run/directories.ts';
import type { ProvisionOptions } from '../part.ts';
import { thisMachine } from './machine.ts';
import type { Recipe } from './recipe.ts';
import type { Wish } from './source.ts';

/** The wish for a part on this machine. */
export async function wishFor(recipe: Recipe, { dataDir, env = process.env, signal }: ProvisionOptions): Promise<Wish> {
  const cache = await cacheDirectory(env, dataDir);
  return { recipe, machine: thisMachine({ env, cache, signal }) };
}
