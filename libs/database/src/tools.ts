import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import type { Connection } from './connection.ts';
import { DatabaseToolMissing, DatabaseUnreachable } from './errors.ts';

const run = promisify(execFile);

/** The folder of one version of PostgreSQL's client programs. */
export interface Tools {
  readonly folder: string;
  /** `15.4` */
  readonly version: string;
  readonly major: number;
}

export interface ToolsForServer extends Tools {
  readonly serverVersion: string;
}

/** Folders that may hold the programs beside those of PATH. */
const usualPlaces = [
  { parent: '/usr/lib/postgresql', version: /^\d/ },
  { parent: '/usr/local/opt', version: /^(postgresql|libpq)/ },
  { parent: '/opt/homebrew/opt', version: /^(postgresql|libpq)/ },
  { parent: '/usr', version: /^pgsql-\d/ },
];

function foldersToSearch(): string[] {
  const inPlaces = usualPlaces.flatMap(({ parent, version }) =>
    existsSync(parent)
      ? readdirSync(parent)
          .filter((name) => version.test(name))
          .map((name) => join(parent, name, 'bin'))
      : [],
  );
  return [...(process.env.PATH ?? '').split(delimiter), ...inPlaces].filter((folder) =>
    existsSync(join(folder, 'pg_dump')),
  );
}

async function toolsIn(folder: string): Promise<Tools[]> {
  const reply = await run(join(folder, 'pg_dump'), ['--version']).catch(() => null);
  const version = /(\d+)(\.\d+)*/.exec(reply?.stdout ?? '')?.[0];
  return version === undefined ? [] : [{ folder, version, major: Number.parseInt(version, 10) }];
}

/** Every version that is installed, the oldest first. */
async function installed(folders: readonly string[]): Promise<Tools[]> {
  const found = (await Promise.all(folders.map(toolsIn))).flat();
  return found.sort((one, other) => one.major - other.major);
}

/**
 * The oldest installed version that can dump this server; a newer one than needed writes what the server may not understand.
 * Throws DatabaseToolMissing, DatabaseUnreachable.
 */
export async function toolsFor(
  connection: Connection,
  signal?: AbortSignal,
  folders = foldersToSearch(),
): Promise<ToolsForServer> {
  const all = await installed(folders);
  const newest = all.at(-1);
  if (newest === undefined) throw new DatabaseToolMissing('pg_dump is not installed', '15');
  const serverVersion = await ask(newest, connection, 'show server_version', signal);
  return { ...suitable(all, serverVersion), serverVersion };
}

export function suitable(all: readonly Tools[], serverVersion: string): Tools {
  const server = Number.parseInt(serverVersion, 10);
  const found = all.find(({ major }) => major >= server);
  if (found !== undefined) return found;
  throw new DatabaseToolMissing(
    `pg_dump ${all.at(-1)?.version} cannot dump a server of version ${serverVersion}`,
    String(server),
  );
}

/** The first releases whose psql takes nothing but SQL from what pg_restore writes (CVE-2025-8714, CVE-2025-8715); later majors all do. */
const careful: Readonly<Record<number, number>> = { 13: 22, 14: 19, 15: 14, 16: 10, 17: 6 };

/** Why it is unwise to restore with these programs; null: it is not. */
export function whyUnwise({ version, major }: Pick<Tools, 'version' | 'major'>): string | null {
  const [, minor = 0] = version.split('.').map(Number);
  const first = careful[major];
  if (major > 17 || (first !== undefined && minor >= first)) return null;
  const wanted = first === undefined ? 'a version that is still maintained' : `${major}.${first} or later`;
  return `psql ${version} obeys commands that stand in the names of restored objects; install ${wanted}`;
}

/** Asks the server with psql; returns the lines. Throws DatabaseUnreachable. */
export async function ask(
  { folder }: Tools,
  connection: Connection,
  sql: string,
  signal?: AbortSignal,
): Promise<string> {
  try {
    const args = [
      '--no-psqlrc',
      '--no-password',
      '--tuples-only',
      '--no-align',
      '--command',
      sql,
      '--dbname',
      connection.address,
    ];
    return (
      await run(join(folder, 'psql'), args, { env: connection.environment, ...(signal && { signal }) })
    ).stdout.trim();
  } catch (error) {
    signal?.throwIfAborted();
    throw new DatabaseUnreachable(messageOf(error));
  }
}

/** Runs one of the programs; returns its standard output. Throws an Error with the last of what it said, or the signal's reason. */
export async function runTool(
  { folder }: Tools,
  program: 'pg_dump' | 'pg_restore',
  args: readonly string[],
  { environment }: Pick<Connection, 'environment'>,
  signal?: AbortSignal,
): Promise<string> {
  try {
    const options = { env: environment, maxBuffer: 64 * 1024 * 1024, ...(signal && { signal }) };
    return (await run(join(folder, program), args, options)).stdout;
  } catch (error) {
    signal?.throwIfAborted();
    throw new Error(`${program}: ${messageOf(error)}`);
  }
}

/** The last of what a program said, or else what is known of its end. */
export function messageOf(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message: string };
  return (stderr?.trim() || message).slice(-1_000);
}
