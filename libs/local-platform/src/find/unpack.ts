import { mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Binary } from './source.ts';

export const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/**
 * Fills a directory in one step: `fill` works in a draft beside it, and only a complete draft takes its name. Where two do so at
 * once, the first one's work stands.
 */
async function unpackOnce(target: string, fill: (draft: string) => Promise<void>): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  const workshop = await mkdtemp(join(dirname(target), '.draft-'));
  try {
    const draft = join(workshop, 'draft');
    await mkdir(draft, { mode: 0o755 });
    await fill(draft);
    await rename(draft, target).catch(async (error: unknown) => {
      if (!(await exists(target))) throw error;
    });
  } finally {
    await rm(workshop, { recursive: true, force: true });
  }
}

/**
 * The program in a tree that `fill` makes. A tree that is there but of no use any more, because the system's libraries have
 * changed since, is replaced.
 * @throws Error with the reason why the filled tree is of no use
 */
export async function obtainTree(
  tree: string,
  fill: (draft: string) => Promise<void>,
  attempt: () => Promise<Binary | string>,
): Promise<Binary> {
  const meanwhile = await attempt();
  if (typeof meanwhile !== 'string') return meanwhile;
  await rm(tree, { recursive: true, force: true });
  await unpackOnce(tree, fill);
  const found = await attempt();
  if (typeof found === 'string') throw new Error(found);
  return found;
}
