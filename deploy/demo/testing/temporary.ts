import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout's own packages. */
export const nodeModules = fileURLToPath(new URL('../../../node_modules', import.meta.url));

/** Folders that `removeAll` takes away again. */
export function temporaryFolders() {
  const made: string[] = [];
  return {
    make: async () => {
      const folder = await mkdtemp(join(tmpdir(), 'backstay-demo-'));
      made.push(folder);
      return folder;
    },
    removeAll: () => Promise.all(made.map((folder) => rm(folder, { recursive: true, force: true }))),
  };
}
