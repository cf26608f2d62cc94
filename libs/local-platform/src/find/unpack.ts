import { mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

export const exists = (path: string): Promise<boolean> => stat(path).then(() => true, () => false);

/**
 * Fills a directory in one step: `fill` works in a draft beside it, and only a complete draft takes its name. Where two do so at
 * once, the first one's work stands.
 */
export async function unpackOnce(target: string, fill: (draft: string) => Promise<void>): Promise<void> {
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
