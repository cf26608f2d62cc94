import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Connection } from './connection.ts';
import { connectionOf } from './connection.ts';
import { BackupFailed } from './errors.ts';
import type { Tools } from './tools.ts';
import { runTool, toolsFor } from './tools.ts';

export interface Backup {
  readonly path: string;
  readonly database: string;
  /** Before the first row was read, RFC 3339: later writes are not in it. */
  readonly takenAt: string;
  readonly durationMs: number;
  readonly bytes: number;
  /** Of the file, hexadecimal. */
  readonly sha256: string;
  /** Tables with their data; every byte of the file was read back and understood. */
  readonly tables: number;
  readonly serverVersion: string;
  readonly toolVersion: string;
}

export interface BackupRequest {
  /** `postgresql://…`; its password reaches no argument list. */
  readonly url: string;
  /** The file to write; a backup that is there already, made by this function, is returned instead of made again. */
  readonly into: string;
  readonly signal?: AbortSignal;
}

const recordOf = (path: string): string => `${path}.json`;

/**
 * Dumps a database in PostgreSQL's custom format; the file is there as a whole and proven readable, or not at all.
 * Throws DatabaseToolMissing, DatabaseUnreachable, BackupFailed, or the signal's reason.
 */
export async function backup({ url, into, signal }: BackupRequest): Promise<Backup> {
  const made = await earlier(into);
  if (made !== null) return made;
  const connection = connectionOf(url);
  const tools = await toolsFor(connection, signal);
  await mkdir(dirname(into), { recursive: true, mode: 0o700 });
  await removeDrafts(into);
  const draft = `${into}.${randomUUID()}.draft`;
  const takenAt = new Date();
  const began = performance.now();
  try {
    await dump(tools, connection, draft, signal);
    const tables = await verify(tools, draft, signal);
    const file = { ...(await describeFile(draft)), tables, durationMs: Math.round(performance.now() - began) };
    await rename(draft, into);
    const { serverVersion, version: toolVersion } = tools;
    const record: Backup = {
      path: into,
      database: connection.database,
      takenAt: takenAt.toISOString(),
      ...file,
      serverVersion,
      toolVersion,
    };
    await writeRecord(recordOf(into), record);
    return record;
  } finally {
    await rm(draft, { force: true });
  }
}

/** The backup at that path, when it is whole. */
async function earlier(path: string): Promise<Backup | null> {
  if (!existsSync(recordOf(path)) || !existsSync(path)) return null;
  const record = JSON.parse(await readFile(recordOf(path), 'utf8')) as Backup;
  return (await describeFile(path)).sha256 === record.sha256 ? { ...record, path } : null;
}

/** Written as a whole; it survives a power cut, and so does the backup that was put beside it before. */
async function writeRecord(path: string, record: Backup): Promise<void> {
  const draft = `${path}.${randomUUID()}.draft`;
  await writeFile(draft, JSON.stringify(record), { mode: 0o600, flush: true });
  await rename(draft, path);
  await sync(dirname(path), 'r');
}

async function dump(tools: Tools, connection: Connection, path: string, signal?: AbortSignal): Promise<void> {
  await (await open(path, 'wx', 0o600)).close();
  const args = [
    '--format=custom',
    '--no-password',
    '--lock-wait-timeout=60s',
    `--file=${path}`,
    `--dbname=${connection.address}`,
  ];
  await runTool(tools, 'pg_dump', args, connection, signal).catch(asBackupFailed(signal));
  await sync(path, 'r+');
}

async function sync(path: string, flags: 'r' | 'r+'): Promise<void> {
  const file = await open(path, flags);
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Reads the whole file back; returns the number of tables in it. */
async function verify(tools: Tools, path: string, signal?: AbortSignal): Promise<number> {
  const { environment } = connectionOf('postgresql:///');
  await runTool(tools, 'pg_restore', ['--file=/dev/null', path], { environment }, signal).catch(asBackupFailed(signal));
  return tableEntries(await contentsOf(tools, path, signal)).length;
}

const asBackupFailed = (signal?: AbortSignal) => (error: Error) => {
  signal?.throwIfAborted();
  throw new BackupFailed(error.message);
};

/** What `pg_restore --list` says of the file. */
export const contentsOf = (tools: Tools, path: string, signal?: AbortSignal): Promise<string> =>
  runTool(tools, 'pg_restore', ['--list', path], connectionOf('postgresql:///'), signal);

/** `schema table owner` of every table in the list. */
export const tableEntries = (list: string): string[] =>
  [...list.matchAll(/^\d+; \d+ \d+ TABLE (?!DATA |ATTACH )(.+)$/gm)].map(([, entry = '']) => entry);

/** Size and hash of a file. */
export async function describeFile(path: string): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return { bytes: (await stat(path)).size, sha256: hash.digest('hex') };
}

/** What an interrupted backup left. */
async function removeDrafts(into: string): Promise<void> {
  const left = (await readdir(dirname(into))).filter(
    (name) => name.startsWith(`${basename(into)}.`) && name.endsWith('.draft'),
  );
  await Promise.all(left.map((name) => rm(join(dirname(into), name), { force: true })));
}
