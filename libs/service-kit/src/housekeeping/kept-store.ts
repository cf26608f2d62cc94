import { mkdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { eventTypes, isEndType, type KeptKind } from '@backstay/deployment';
import { KeptFiles, keptFilesKinds, type KeptFile, type KeptFilesKind } from '@backstay/hosts';
import {
  deploymentsInWorkspaces,
  KeptRows,
  keptRowsKinds,
  openDeployments,
  type KeptRowsKind,
  type Pool,
} from '@backstay/postgres';

/** A thing that exists. */
export interface Kept {
  readonly kind: KeptKind;
  readonly id: string;
  /** ISO 8601 in UTC. */
  readonly modifiedAt: string;
  /** Every deployment that it may belong to. */
  readonly deployments: readonly string[];
  readonly isInUse: boolean;
  /** How many things it stands for. */
  readonly count: number;
}

/** Where things of one kind lie. */
export interface KeptStore {
  readonly kind: KeptKind;
  /** Those that were not changed since, in the order of their ids. @param before ISO 8601 @param after an id; empty: the first */
  list(before: string, after: string, limit: number): Promise<readonly Kept[]>;
  find(id: string): Promise<Kept | null>;
  measure(found: Kept): Promise<{ readonly bytes: number; readonly digest: string | null }>;
  /** Nothing when it is gone already. @throws {Error} when it cannot be removed */
  remove(found: Kept): Promise<void>;
}

/** More owners than that are not looked at one by one. */
const mostOwners = 100;

function rowsOf(pool: Pool, kind: KeptRowsKind): KeptStore {
  const rows = new KeptRows(pool, kind);
  const keptOf = ({ id, modifiedAt, deployments, count }: Awaited<ReturnType<typeof rows.list>>[number]): Kept => ({
    kind,
    id,
    modifiedAt,
    deployments,
    count,
    isInUse: deployments.length > mostOwners,
  });
  return {
    kind,
    list: async (...range) => (await rows.list(...range)).map(keptOf),
    find: async (id) => {
      const found = await rows.find(id);
      return found === null ? null : keptOf(found);
    },
    measure: async ({ id }) => ({ bytes: (await rows.find(id))?.bytes ?? 0, digest: await rows.digest(id) }),
    remove: (found) => rows.remove(found),
  };
}

const endTypes = eventTypes.filter(isEndType);
/** By so much the clocks of two machines may differ. */
const clocksDifferMs = 60 * 60_000;

/** Deployments that may use a file and are not known from its path, by its id. */
type UsersOf = (pool: Pool, found: readonly KeptFile[]) => Promise<ReadonlyMap<string, readonly string[]>>;
const usersOf: Readonly<Partial<Record<KeptFilesKind, UsersOf>>> = {
  workspace: (pool, found) =>
    deploymentsInWorkspaces(
      pool,
      found.map(({ id }) => id),
    ),
  // Who uses a mirror is not recorded: those that were there when it was last used, and are open.
  mirror: async (pool, found) => {
    if (found.length === 0) return new Map();
    const lastUse = new Map(found.map(({ id, modifiedAt }) => [id, Date.parse(modifiedAt) + clocksDifferMs]));
    const before = new Date(Math.max(...lastUse.values())).toISOString();
    const open = await openDeployments(pool, { before, endTypes, limit: mostOwners + 1 });
    const usersUntil = (time: number) =>
      open.filter(({ requestedAt }) => Date.parse(requestedAt) <= time).map(({ deployment }) => deployment);
    return new Map([...lastUse].map(([id, time]) => [id, usersUntil(time)]));
  },
};

function filesOf(dataDir: string, pool: Pool, kind: KeptFilesKind): KeptStore {
  const files = new KeptFiles(dataDir, kind);
  const keptOf = async (found: readonly KeptFile[]): Promise<Kept[]> => {
    const users = (await usersOf[kind]?.(pool, found)) ?? new Map<string, string[]>();
    return found.map(({ deployment, ...file }) => {
      const deployments = [...(deployment === null ? [] : [deployment]), ...(users.get(file.id) ?? [])];
      return { ...file, kind, deployments, count: 1, isInUse: file.isInUse || deployments.length > mostOwners };
    });
  };
  return {
    kind,
    list: async (...range) => keptOf(await files.list(...range)),
    find: async (id) => {
      const found = await files.find(id);
      return found === null ? null : ((await keptOf([found]))[0] ?? null);
    },
    measure: ({ id }) => files.measure(id),
    remove: (found) => files.remove(found),
  };
}

/** Things that lie in one place, which whoever has that place removes. */
export interface KeptPlace {
  /** Id of its housekeeping stream. */
  readonly id: string;
  readonly stores: readonly KeptStore[];
}

export function databasePlace(pool: Pool): KeptPlace {
  return { id: 'database', stores: keptRowsKinds.map((kind) => rowsOf(pool, kind)) };
}

/** A data directory has its id in itself, so that machines which share one agree on it, and others do not. */
export async function directoryPlace(dataDir: string, pool: Pool): Promise<KeptPlace> {
  const file = join(dataDir, 'housekeeping-id');
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  await writeFile(file, `directory.${randomUUID()}\n`, { flag: 'wx', mode: 0o600 }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    },
  );
  const id = (await readFile(file, 'utf8')).trim();
  return { id, stores: keptFilesKinds.map((kind) => filesOf(dataDir, pool, kind)) };
}
