import { randomUUID } from 'node:crypto';
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Connection } from './connection.ts';
import { dropObjects, listObjects } from './inventory.ts';
import { messageOf, type Tools } from './tools.ts';

export interface Replay {
  readonly tools: Tools;
  readonly connection: Connection;
  readonly path: string;
  /** What `pg_restore --list` says of the file. */
  readonly contents: string;
  /** How long each lock is waited for. */
  readonly lockMs: number;
  readonly signal: AbortSignal;
}

/**
 * Empties the database and fills it from the backup, in one transaction; returns what there was before and is not afterwards,
 * such as `table public.coupons`. Throws an Error with the last of what was said; nothing was changed then.
 */
export async function replay(asked: Replay): Promise<readonly string[]> {
  // Beside the backup, so that what a crash leaves is removed with it.
  const list = `${asked.path}.${randomUUID()}.contents`;
  try {
    await writeFile(list, withoutCommentsOnExtensions(asked.contents), { mode: 0o600, flag: 'wx' });
    return goneAfter(await piped(asked, list));
  } finally {
    await rm(list, { force: true });
  }
}

/** An extension brings its comment along, and only its owner may comment on it. */
function withoutCommentsOnExtensions(contents: string): string {
  return contents.replaceAll(/^\d+; \d+ \d+ COMMENT - EXTENSION .*$/gm, '');
}

/** pg_restore writes the script, psql performs it; only what was written to its end is committed. */
async function piped({ tools, connection, path, contents, lockMs, signal }: Replay, list: string): Promise<string> {
  const start = (program: string, args: readonly string[]) =>
    spawn(join(tools.folder, program), args, { env: connection.environment });
  const psql = start('psql', [...psqlFlags, '--dbname', connection.address]);
  const source = start('pg_restore', ['--file=-', `--use-list=${list}`, path]);
  const stop = () => interrupt(psql, source);
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    const [output, written] = [endOf(psql), endOf(source)];
    const needed = extensionsIn(contents);
    psql.stdin.write(opening(lockMs, needed));
    await pipeline(source.stdout, psql.stdin, { end: false }).catch(() => source.kill('SIGKILL'));
    const { code, errors } = await written;
    if (code === 0) psql.stdin.write(closing(needed));
    psql.stdin.end();
    const end = await output;
    signal.throwIfAborted();
    if (end.code !== 0) throw new Error(`psql: ${messageOf({ stderr: end.errors, message: `exit code ${end.code}` })}`);
    if (code !== 0) throw new Error(`pg_restore: ${messageOf({ stderr: errors, message: `exit code ${code}` })}`);
    return end.output;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

const psqlFlags = ['--no-psqlrc', '--no-password', '--quiet', '--tuples-only', '--no-align', '-v', 'ON_ERROR_STOP=1'];

const opening = (lockMs: number, needed: readonly string[]): string => `begin;
set local client_min_messages = warning;
set local search_path = pg_catalog;
set local lock_timeout = ${lockMs};
${listObjects('before', needed)}
${dropObjects(needed)}
`;

const closing = (needed: readonly string[]): string => `
${listObjects('after', needed)}
commit;
`;

const extensionsIn = (contents: string): readonly string[] =>
  [...contents.matchAll(/^\d+; \d+ \d+ EXTENSION - (\S+)/gm)].map(([, name = '']) => name);

/** psql handles an interrupt by cancelling what the server does for it; one that does not is ended, which undoes all as well. */
function interrupt(psql: ChildProcessWithoutNullStreams, source: ChildProcessWithoutNullStreams): void {
  source.kill('SIGKILL');
  psql.kill('SIGINT');
  const patience = setTimeout(() => psql.kill('SIGKILL'), 5_000);
  psql.once('exit', () => clearTimeout(patience));
}

interface End {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

const keptOfErrors = 16_384;

async function endOf(child: ChildProcessWithoutNullStreams): Promise<End> {
  let [output, errors] = ['', ''];
  // A program that ended before it read everything is known by its exit code.
  child.stdin?.on('error', () => undefined);
  if (child.spawnfile.endsWith('psql'))
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (errors = (errors + text).slice(-keptOfErrors)));
  // One that could not be started at all has an error instead of an end; nobody may be awaiting it yet.
  const code = await once(child, 'close').then(
    ([exitCode]) => exitCode as number | null,
    (error: Error) => {
      errors = error.message;
      return null;
    },
  );
  return { code, output, errors };
}

function goneAfter(output: string): readonly string[] {
  const valuesOf = (word: string) =>
    output.split('\n').flatMap((line) => {
      if (!line.startsWith(`${word} `)) return [];
      return [(JSON.parse(line.slice(word.length + 1)) as string[]).join(' ')];
    });
  const after = new Set(valuesOf('after'));
  return valuesOf('before').filter((name) => !after.has(name));
}
