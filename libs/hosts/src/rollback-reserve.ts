import { randomBytes } from 'node:crypto';
import { mkdir, open, rename, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';

/** In the data directory. */
export const reservesFolder = 'reserves';
const pieceBytes = 1024 * 1024;

/** File systems that write what is changed to another place, so that a file on them keeps no space: btrfs, zfs, bcachefs, APFS. */
const copyOnWrite = new Set([0x9123683e, 0x2fc12fc1, 0xca451a4e]);

/**
 * Space in the data directory that is kept for the rollback of each deployment that may need one: one file per deployment, taken
 * before its first step and freed when its rollback begins, or at its end. Both are no-ops the second time.
 */
export class RollbackReserve {
  readonly #folder: string;
  readonly #bytes: number;

  /** @param bytes of each file; 0: none is taken */
  constructor(directory: string, bytes: number) {
    this.#folder = join(directory, reservesFolder);
    this.#bytes = bytes;
  }

  /** @throws the system's error where there is no space for it: then nothing is to begin either */
  async take(deployment: string): Promise<void> {
    const path = this.#path(deployment);
    if (this.#bytes === 0 || (await sizeOf(path)) >= this.#bytes) return;
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const draft = draftOf(path);
    try {
      await fill(draft, this.#bytes);
      await rename(draft, path);
    } finally {
      await rm(draft, { force: true });
    }
  }

  /** What cannot be removed keeps its space; it holds up neither a rollback nor the end of a deployment. */
  async free(deployment: string): Promise<void> {
    const path = this.#path(deployment);
    await Promise.allSettled([path, draftOf(path)].map((each) => rm(each, { force: true })));
  }

  #path(deployment: string): string {
    return join(this.#folder, encodeURIComponent(deployment));
  }
}

/** Whether a file in this directory keeps space only by good fortune. */
export async function isReserveAdvisory(directory: string): Promise<boolean> {
  if (process.platform === 'darwin') return true;
  return statfs(directory).then(
    ({ type }) => copyOnWrite.has(type),
    () => false,
  );
}

/** Whose reserve, or beginning of one, a file of this name is; null: nobody's. */
export function deploymentOfReserve(name: string): string | null {
  try {
    return decodeURIComponent(name.replace(/\.draft$/, ''));
  } catch {
    return null;
  }
}

/** One of each: who was killed while it was filled leaves none for ever. */
const draftOf = (path: string): string => `${path}.draft`;

const sizeOf = (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  );

/** Not with zeros, of which a file system that compresses keeps none. */
async function fill(path: string, bytes: number): Promise<void> {
  const piece = randomBytes(Math.min(bytes, pieceBytes));
  const file = await open(path, 'w', 0o600);
  try {
    for (let left = bytes; left > 0; left -= piece.length) await file.writeFile(piece.subarray(0, left));
    await file.sync();
  } finally {
    await file.close();
  }
}
