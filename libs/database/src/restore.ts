import { existsSync } from 'node:fs';
import type { Backup } from './backup.ts';
import { contentsOf, describeFile, tableEntries } from './backup.ts';
import { connectionOf } from './connection.ts';
import { RestoreFailed } from './errors.ts';
import { replay, type Replay } from './replay.ts';
import { ask, toolsFor } from './tools.ts';

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
  /** What the backup does not know, made after it and gone now, such as `table public.coupons`. */
  readonly dropped: readonly string[];
}

/**
 * Makes a database what its backup was, in one transaction: as a whole or not at all. What was made since is dropped.
 * Throws DatabaseToolMissing, DatabaseUnreachable, RestoreFailed, or the signal's reason.
 */
export async function restore({ url, from, timeoutMs = 600_000, signal }: RestoreRequest): Promise<Restored> {
  const began = performance.now();
  await checkFile(from);
  const connection = connectionOf(url);
  const tools = await toolsFor(connection, signal);
  if ((await ask(tools, connection, holdsRecord, signal)) === 't') throw new RestoreFailed(ownRecord);
  const contents = await contentsOf(tools, from.path, signal).catch((error: Error) => {
    signal?.throwIfAborted();
    throw new RestoreFailed(error.message);
  });
  const dropped = await replayed({ tools, connection, path: from.path, contents }, timeoutMs, signal);
  return { durationMs: Math.round(performance.now() - began), tables: tableEntries(contents).length, dropped };
}

/** Whether Backstay keeps its own events there: they are only ever added to. */
const holdsRecord = `select to_regclass('backstay.events') is not null`;
const ownRecord =
  'the database holds the record of Backstay itself (schema backstay), which is never put back: give the service a database of its own';

async function replayed(asked: Omit<Replay, 'signal' | 'lockMs'>, timeoutMs: number, signal?: AbortSignal) {
  const deadline = AbortSignal.timeout(timeoutMs);
  const ends = signal === undefined ? deadline : AbortSignal.any([signal, deadline]);
  return replay({ ...asked, lockMs: timeoutMs, signal: ends }).catch((error: Error) => {
    signal?.throwIfAborted();
    const why = `it did not end within ${timeoutMs} ms; does another session hold its tables?`;
    throw new RestoreFailed(deadline.aborted ? why : error.message);
  });
}

async function checkFile({ path, sha256 }: Pick<Backup, 'path' | 'sha256'>): Promise<void> {
  if (!existsSync(path)) throw new RestoreFailed(`the backup ${path} is not there`);
  if ((await describeFile(path)).sha256 !== sha256)
    throw new RestoreFailed(`the backup ${path} is not what was recorded: its hash differs`);
}

/** Milliseconds of writes that a restore would lose: everything since the backup began. */
export function dataLossWindow({ takenAt }: Pick<Backup, 'takenAt'>, at: Date): number {
  return Math.max(0, at.getTime() - Date.parse(takenAt));
}
