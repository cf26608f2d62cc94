import { randomBytes } from 'node:crypto';
import { chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Machine } from '../find/machine.ts';
import type { Binary } from '../find/source.ts';
import { exists } from '../find/unpack.ts';
import { PartFailed } from '../part.ts';
import type { Account } from '../run/account.ts';
import { identify, isAlive } from '../run/identity.ts';
import { directoryLockOf } from '../run/directory-lock.ts';

/** A PostgreSQL cluster's place on disk. */
export interface Cluster {
  /** Belongs to this user; holds `data`, which belongs to `account` if that is given. */
  home: string;
  data: string;
  passwordFile: string;
  account?: Account;
}

export const superuser = 'backstay';

/** The major version of the cluster's data; undefined before it is created. */
export async function dataVersion({ data }: Cluster): Promise<string | undefined> {
  return (await readFile(join(data, 'PG_VERSION'), 'utf8').catch(() => '')).trim() || undefined;
}

/**
 * The superuser's password, made at the first call and kept in a file that only this user can read.
 * @throws PartFailed if data exist whose password is lost
 */
export async function passwordOf(cluster: Cluster): Promise<string> {
  const kept = await readFile(cluster.passwordFile, 'utf8').catch(() => undefined);
  if (kept !== undefined) return kept;
  if (await exists(cluster.data)) {
    throw new PartFailed(
      `${cluster.passwordFile} is gone, so nobody can log in to ${cluster.data}: remove both to begin anew`,
    );
  }
  const password = randomBytes(24).toString('base64url');
  await writeFile(cluster.passwordFile, password, { mode: 0o600, flag: 'wx' });
  return password;
}

/** The environment without variables that would lead PostgreSQL's programs elsewhere. */
export const withoutPg = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('PG')));

async function give(path: string, account?: Account): Promise<string> {
  if (account) await chown(path, account.uid, account.gid);
  return path;
}

async function runInitdb(
  machine: Machine,
  binary: Binary,
  cluster: Cluster,
  draft: string,
  fast: boolean,
): Promise<void> {
  const password = await passwordOf(cluster);
  const file = join(cluster.home, 'password.draft');
  await rm(file, { force: true });
  await writeFile(file, password, { mode: 0o600, flag: 'wx' });
  await give(file, cluster.account);
  const identity = ['--username', superuser, '--pwfile', file, '--auth', 'scram-sha-256'];
  const args = ['--pgdata', draft, ...identity, '--encoding', 'UTF8', '--locale', 'C', ...(fast ? ['--no-sync'] : [])];
  const env = { ...withoutPg(machine.env), ...binary.environment };
  try {
    const done = await machine.run(join(dirname(binary.origin), 'initdb'), args, {
      cwd: '/',
      env,
      account: cluster.account,
    });
    if (done.code !== 0) throw new PartFailed(`initdb failed: ${(done.stderr || done.stdout).trim()}`);
  } finally {
    await rm(file, { force: true });
  }
}

/** Creates the cluster if it does not exist yet, in one step: an interrupted creation leaves nothing that looks like one. */
export async function createCluster(machine: Machine, binary: Binary, cluster: Cluster, fast: boolean): Promise<void> {
  if (await dataVersion(cluster)) return;
  const draft = `${cluster.data}.draft`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { recursive: true, mode: 0o700 });
  await give(draft, cluster.account);
  await runInitdb(machine, binary, cluster, draft, fast);
  await rename(draft, cluster.data);
}

/**
 * Removes the lock file of a server that is certainly dead and whose process number another process bears now: PostgreSQL
 * would take that process for the server and refuse to start. Every other stale lock it recognises by itself.
 */
export async function forgetStolenNumber({ home, data }: Cluster): Promise<void> {
  const server = (await directoryLockOf(home))?.server;
  const lock = join(data, 'postmaster.pid');
  const locked = Number.parseInt(await readFile(lock, 'utf8').catch(() => ''), 10);
  if (server && server.pid === locked && identify(locked) && !isAlive(server)) await rm(lock);
}
