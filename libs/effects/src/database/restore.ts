import { existsSync } from 'node:fs';
import type { Backup } from './backup.ts';
import { contentsOf, describeFile, tableEntries } from './backup.ts';
import type { Connection } from './connection.ts';
import { connectionOf } from './connection.ts';
import { RestoreFailed } from './errors.ts';
import type { Tools } from './tools.ts';
import { ask, runTool, toolsFor } from './tools.ts';

export interface RestoreRequest {
  readonly url: string;
  /** The file, and the hash that it had when it was made. */
  readonly from: Pick<Backup, 'path' | 'sha256'>;
  /** After this it is given up and undone, such as when another session holds a table; 10 minutes by default. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface Restored {
  readonly durationMs: number;
  readonly tables: number;
  /** `schema.table`s that the backup does not know, made after it: they are still there. */
  readonly leftBehind: readonly string[];
}

/**
 * Puts a database back to a backup, in one transaction: as a whole or not at all.
 * Throws DatabaseToolMissing, DatabaseUnreachable, RestoreFailed, or the signal's reason.
 */
export async function restore({ url, from, timeoutMs = 600_000, signal }: RestoreRequest): Promise<Restored> {
  const began = performance.now();
  await checkFile(from);
  const connection = connectionOf(url);
  const tools = await toolsFor(connection, signal);
  await replay(tools, connection, from.path, timeoutMs, signal);
  const entries = tableEntries(await contentsOf(tools, from.path, signal));
  const present = (await ask(tools, connection, userTables, signal)).split('\n').filter((line) => line !== '');
  const leftBehind = present
    .map((line) => line.split('\t'))
    .filter(([schema, table]) => !entries.some((entry) => entry.startsWith(`${schema} ${table} `)));
  return {
    durationMs: Math.round(performance.now() - began),
    tables: entries.length,
    leftBehind: leftBehind.map((names) => names.join('.')),
  };
}

async function replay(
  tools: Tools,
  connection: Connection,
  path: string,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<void> {
  const flags = ['--clean', '--if-exists', '--single-transaction', '--exit-on-error', '--no-password'];
  const deadline = AbortSignal.timeout(timeoutMs);
  const ends = signal === undefined ? deadline : AbortSignal.any([signal, deadline]);
  await runTool(tools, 'pg_restore', [...flags, `--dbname=${connection.address}`, path], connection, ends).catch(
    (error: Error) => {
      signal?.throwIfAborted();
      const why = `it did not end within ${timeoutMs} ms; does another session hold its tables?`;
      throw new RestoreFailed(deadline.aborted ? why : error.message);
    },
  );
}

const userTables = `select n.nspname || E'\\t' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p') and n.nspname <> 'information_schema' and n.nspname not like 'pg\\_%' order by 1`;

async function checkFile({ path, sha256 }: Pick<Backup, 'path' | 'sha256'>): Promise<void> {
  if (!existsSync(path)) throw new RestoreFailed(`the backup ${path} is not there`);
  if ((await describeFile(path)).sha256 !== sha256)
    throw new RestoreFailed(`the backup ${path} is not what was recorded: its hash differs`);
}

/** Milliseconds of writes that a restore would lose: everything since the backup began. */
export function dataLossWindow({ takenAt }: Pick<Backup, 'takenAt'>, at: Date): number {
  return Math.max(0, at.getTime() - Date.parse(takenAt));
}
