import { join } from 'node:path';
import { expand, tryDirectories } from './binary.ts';
import type { Binary, Source, ProgramRequest } from './source.ts';
import { obtainTree } from './unpack.ts';

async function tryBottle(request: ProgramRequest, tree: string): Promise<Binary | string> {
  return tryDirectories(request, await expand(request.machine, `${tree}/${request.recipe.formula}/*/bin`));
}

async function obtain(request: ProgramRequest, tree: string, say: (line: string) => void): Promise<Binary> {
  const { machine, recipe } = request;
  say(`fetching Homebrew's ${recipe.formula} and unpacking it below ${tree}; nothing is installed`);
  await machine.run('brew', ['fetch', recipe.formula], { timeout: 300_000 });
  const bottle = (await machine.run('brew', ['--cache', recipe.formula])).stdout.trim();
  return obtainTree(
    tree,
    async (draft) => {
      const { code, stderr } = await machine.run('tar', ['-xzf', bottle, '-C', draft]);
      if (code !== 0) throw new Error(`tar failed: ${stderr.trim()}`);
    },
    () => tryBottle(request, tree),
  );
}

/**
 * A bottle of Homebrew's, unpacked to the user's cache. This serves programs without libraries of their own, such as
 * nats-server; for others the search goes on. Written from Homebrew's documentation and not verified on a Mac.
 */
export const homebrew: Source = {
  name: "Homebrew's package, unpacked",
  async look(request) {
    const { machine, recipe } = request;
    if (machine.platform !== 'darwin') return { reason: 'only on macOS' };
    const tree = join(machine.cache, `homebrew-${recipe.formula}-${machine.arch}`);
    const found = await tryBottle(request, tree);
    if (typeof found !== 'string') return { program: found };
    if ((await machine.run('brew', ['--version'])).code !== 0) return { reason: 'brew is not installed' };
    return { reason: `${recipe.formula} is not unpacked yet`, obtain: (say) => obtain(request, tree, say) };
  },
};
