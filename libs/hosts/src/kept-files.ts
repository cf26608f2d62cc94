import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { readRecord } from '../supervisor/machine.mjs';
import { attemptFolder } from './step-folder.ts';
import { removeTree } from './ownership.ts';
import { observe, type Claim } from './records.ts';
import { deploymentOfReserve, reservesFolder } from './rollback-reserve.ts';

export const keptFilesKinds = ['workspace', 'backup', 'mirror', 'command-record', 'rollback-reserve'] as const;
export type KeptFilesKind = (typeof keptFilesKinds)[number];

/** A folder or file of some age in the data directory. */
export interface KeptFile {
  /** Its path below the folder of its kind. */
  readonly id: string;
  /** ISO 8601 in UTC. */
  readonly modifiedAt: string;
  /** The id of the deployment that it was made for; null where it is not known. */
  readonly deployment: string | null;
  /** Processes of it still run. */
  readonly isInUse: boolean;
}

/** `digest`: sha256 of a file's content, of a folder's listing: path, kind and size of all that is in it. */
export interface Measured {
  readonly bytes: number;
  readonly digest: string;
}

const folders: Readonly<Record<KeptFilesKind, string>> = {
  workspace: 'workspaces',
  backup: 'backups',
  mirror: 'repositories',
  'command-record': 'commands',
  'rollback-reserve': reservesFolder,
};
/** A mirror, or the beginning of one that a crash left; git's configuration lies beside them. */
const mirrorName = /^[0-9a-f]{24}\.git/;
const attemptName = /^attempt-(\d+)$/;

/** What a data directory keeps of one kind, and what has to be removed now and then. */
export class KeptFiles {
  readonly kind: KeptFilesKind;
  readonly #folder: string;

  constructor(dataDir: string, kind: KeptFilesKind) {
    this.kind = kind;
    this.#folder = join(dataDir, folders[kind]);
  }

  /** Those that were not changed since, in the order of their ids. @param before ISO 8601 @param after an id; empty: the first */
  async list(before: string, after: string, limit: number): Promise<KeptFile[]> {
    const found: KeptFile[] = [];
    for (const id of (await this.#ids()).filter((each) => each > after)) {
      const file = await this.find(id);
      if (file !== null && file.modifiedAt < before) found.push(file);
      if (found.length === limit) break;
    }
    return found;
  }

  async find(id: string): Promise<KeptFile | null> {
    const path = this.#pathOf(id);
    const modified = await lastChangeOf(path);
    if (modified === null) return null;
    const { deployment, isInUse } = await this.#ownerOf(id, path);
    return { id, modifiedAt: modified.toISOString(), deployment, isInUse };
  }

  /** @throws {Error} when it is gone or cannot be read */
  async measure(id: string): Promise<Measured> {
    const path = this.#pathOf(id);
    return (await lstat(path)).isDirectory() ? measureFolder(path) : measureFile(path);
  }

  /** Nothing when it is gone already, or is a mirror that was used since it was found. @throws {Error} when it cannot be removed */
  async remove({ id, modifiedAt }: Pick<KeptFile, 'id' | 'modifiedAt'>): Promise<void> {
    const path = this.#pathOf(id);
    if (this.kind === 'mirror') return removeUnlessUsed(path, modifiedAt);
    await removeTree(path);
    // The folder of a deployment's last backup.
    if (dirname(path) !== this.#folder) await rmdir(dirname(path)).catch(() => undefined);
  }

  async #ids(): Promise<string[]> {
    const names = await entriesOf(this.#folder);
    if (this.kind === 'mirror') return names.filter((name) => mirrorName.test(name));
    if (this.kind !== 'backup') return names;
    const files = await Promise.all(
      names.map(async (name) => (await entriesOf(join(this.#folder, name))).map((file) => `${name}/${file}`)),
    );
    return files.flat().toSorted();
  }

  /** @throws {RangeError} for a name that leads out of the folder */
  #pathOf(id: string): string {
    const path = join(this.#folder, id);
    const inside = relative(this.#folder, path);
    if (inside === '' || inside.startsWith('..') || inside !== id) throw new RangeError(`not a name: ${id}`);
    return path;
  }

  async #ownerOf(id: string, path: string): Promise<Owner> {
    if (this.kind === 'mirror') return nobody;
    if (this.kind === 'rollback-reserve') return { deployment: deploymentOfReserve(id), isInUse: false };
    if (this.kind === 'command-record') return ownerOfCommand(path, await entriesOf(path));
    // A workspace that its publisher has named is nobody's in particular: no deployment has that id.
    return { deployment: id.split('/')[0] ?? null, isInUse: false };
  }
}

type Owner = Pick<KeptFile, 'deployment' | 'isInUse'>;
const nobody: Owner = { deployment: null, isInUse: false };

/** Of the last attempt. One record that cannot be read is nobody's, and hides none of the others. */
function ownerOfCommand(path: string, entries: readonly string[]): Owner {
  const attempts = entries.flatMap((name) => attemptName.exec(name)?.[1] ?? []).map(Number);
  if (attempts.length === 0) return nobody;
  const folder = attemptFolder(path, Math.max(...attempts));
  try {
    const claim = readRecord<Claim>(join(folder, 'claim.json'));
    if (claim === null) return nobody;
    const seen = observe(folder);
    const isInUse = seen.status === 'running' || (seen.status === 'unknown' && seen.running === true);
    // Keys begin with the deployment's id.
    return { deployment: claim.key.split('/')[0] ?? null, isInUse };
  } catch {
    return nobody;
  }
}

const isMissing = (error: unknown): boolean =>
  ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');

async function entriesOf(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).toSorted();
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** Of itself and of what lies in it directly, which is where steps write; null where there is none. */
async function lastChangeOf(path: string): Promise<Date | null> {
  try {
    const own = await stat(path);
    const entries = own.isDirectory() ? await entriesOf(path) : [];
    const times = await Promise.all(entries.map(async (name) => (await lstat(join(path, name))).mtimeMs));
    return new Date(Math.max(own.mtimeMs, ...times));
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** Moved first: whoever uses it notes that before, and whoever comes later does not find it and makes another. */
async function removeUnlessUsed(path: string, modifiedAt: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch (error) {
    if (isMissing(error)) return;
    throw error;
  }
  const isUsed = (await lastChangeOf(aside))?.toISOString() !== modifiedAt;
  if (isUsed && (await isMoved(aside, path))) return;
  await rm(aside, { recursive: true, force: true });
}

/** False where there is another by now. */
const isMoved = (from: string, to: string): Promise<boolean> =>
  rename(from, to).then(
    () => true,
    () => false,
  );

async function measureFile(path: string): Promise<Measured> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    bytes += chunk.byteLength;
  }
  return { bytes, digest: hash.digest('hex') };
}

async function measureFolder(path: string): Promise<Measured> {
  const hash = createHash('sha256');
  let bytes = 0;
  const walk = async (folder: string): Promise<void> => {
    for (const name of await entriesOf(folder)) {
      const here = join(folder, name);
      const found = await lstat(here);
      const kind = found.isDirectory() ? 'folder' : found.isFile() ? 'file' : 'other';
      if (kind === 'file') bytes += found.size;
      hash.update(`${relative(path, here)}\0${kind}\0${kind === 'file' ? found.size : 0}\n`);
      if (kind === 'folder') await walk(here);
    }
  };
  await walk(path);
  return { bytes, digest: hash.digest('hex') };
}
