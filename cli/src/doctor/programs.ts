import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const replyWithinMs = 5_000;

export interface FoundProgram {
  readonly path: string;
  readonly version: string;
}

/** Where distributions keep PostgreSQL's programs outside of PATH. */
const postgresParents = ['/usr/lib/postgresql', '/opt/homebrew/opt', '/usr/local/opt', '/usr'];

export function postgresFolders(): string[] {
  return postgresParents
    .filter((parent) => existsSync(parent))
    .flatMap((parent) => readdirSync(parent).map((name) => join(parent, name)))
    .filter((folder) => /\/(\d[^/]*|postgresql[^/]*|libpq|pgsql-[^/]*)$/.test(folder))
    .map((folder) => join(folder, 'bin'));
}

/** The first program of that name that prints its version; undefined where there is none. */
export async function findProgram(
  name: string,
  env: NodeJS.ProcessEnv,
  folders: readonly string[] = [],
): Promise<FoundProgram | undefined> {
  for (const folder of [...(env.PATH ?? '').split(delimiter).filter(Boolean), ...folders]) {
    const path = join(folder, name);
    const version = existsSync(path) ? await versionOf(path) : undefined;
    if (version) return { path, version };
  }
  return undefined;
}

async function versionOf(path: string): Promise<string | undefined> {
  const reply = await run(path, ['--version'], { timeout: replyWithinMs }).catch(() => undefined);
  return /\d+(\.\d+)+/.exec(reply?.stdout ?? '')?.[0];
}
