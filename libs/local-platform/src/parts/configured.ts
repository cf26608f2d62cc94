import { isOlder } from '../find/version.ts';
import type { Recipe } from '../find/recipe.ts';
import { PartFailed, type Part } from '../part.ts';
import { until } from '../run/wait.ts';

const replyWithinMs = 5_000;

function notOurs({ variable }: Recipe): never {
  throw new PartFailed(`the server in ${variable} is not ours: it is neither signalled nor restarted`);
}

/**
 * The server that a person has named. It must respond: what was asked for is not replaced by something else.
 * @throws PartFailed
 */
export async function useConfigured(
  recipe: Recipe,
  url: string,
  ready: (url: string) => Promise<string>,
  signal?: AbortSignal,
): Promise<Part> {
  const version = await until(() => ready(url), { within: replyWithinMs, signal }).catch((error: Error) => {
    throw new PartFailed(`${recipe.title} in ${recipe.variable} does not respond: ${error.message || error.name}`);
  });
  if (isOlder(version, recipe.minimum)) {
    throw new PartFailed(`${recipe.title} in ${recipe.variable} is ${version}, older than ${recipe.minimum}`);
  }
  return {
    name: recipe.part,
    url,
    origin: 'configured',
    version,
    pid: undefined,
    log: undefined,
    stop: async () => undefined,
    kill: () => notOurs(recipe),
    restart: async () => notOurs(recipe),
  };
}
