import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** The only variables of this process that git and what it starts inherit. */
const passed =
  'PATH HOME LANG TZ TMPDIR SSH_AUTH_SOCK SSL_CERT_FILE http_proxy https_proxy HTTPS_PROXY no_proxy NO_PROXY'.split(
    ' ',
  );

/** What git must know; the person's own configuration is read first, because credentials are found through it. */
const configuration = (own: string): string => `[include]
	path = ${JSON.stringify(own)}
[safe]
	directory = *
[core]
	hooksPath = /dev/null
	autocrlf = false
	fsmonitor = false
[gc]
	auto = 0
[maintenance]
	auto = false
`;

/** A file, because git hides variables with configuration from the processes that serve a repository on the same machine. */
async function configurationFile(cacheDir: string): Promise<string> {
  const path = join(cacheDir, 'gitconfig');
  if (existsSync(path)) return path;
  await mkdir(cacheDir, { recursive: true, mode: 0o700 });
  const draft = `${path}.${randomUUID()}.draft`;
  await writeFile(draft, configuration(join(homedir(), '.gitconfig')), { mode: 0o600, flush: true });
  await rename(draft, path);
  return path;
}

const given = (names: readonly string[]): Record<string, string> =>
  Object.fromEntries(names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])));

async function environmentFor(cacheDir: string): Promise<Record<string, string>> {
  return {
    ...given(passed),
    LC_ALL: 'C',
    GIT_CONFIG_GLOBAL: await configurationFile(cacheDir),
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ALLOW_PROTOCOL: 'file:https:ssh',
    GIT_SSH_COMMAND: 'ssh -o BatchMode=yes -o ConnectTimeout=20',
  };
}

export interface GitOptions {
  readonly cacheDir: string;
  /** The repository in which to run; none for `init`. */
  readonly in?: string;
  readonly signal?: AbortSignal | undefined;
  /** 10 minutes by default. */
  readonly timeoutMs?: number;
}

/** git ran and refused; `words` is the last of what it said. */
export class GitFailed extends Error {
  override readonly name = 'GitFailed';

  constructor(readonly output: string) {
    super(output);
  }
}

/** Runs git without a prompt, a hook or a shell; answers the bytes of its standard output. */
export async function git(
  args: readonly string[],
  { cacheDir, in: folder, signal, timeoutMs = 600_000 }: GitOptions,
): Promise<Buffer> {
  const place = folder === undefined ? [] : ['-C', folder];
  const options = {
    env: await environmentFor(cacheDir),
    encoding: 'buffer',
    maxBuffer: 64 * 1024 * 1024,
    timeout: timeoutMs,
  } as const;
  try {
    return (await run('git', [...place, ...args], { ...options, ...(signal && { signal }) })).stdout;
  } catch (error) {
    signal?.throwIfAborted();
    throw explain(error as NodeJS.ErrnoException & { stderr?: Buffer; killed?: boolean }, timeoutMs);
  }
}

function explain(error: NodeJS.ErrnoException & { stderr?: Buffer; killed?: boolean }, timeoutMs: number): Error {
  if (error.code === 'ENOENT') return new Error('git is not installed: install the package `git`');
  if (error.killed) return new GitFailed(`it did not end within ${timeoutMs} ms`);
  const output = error.stderr?.toString('utf8').trim() || error.message;
  return new GitFailed(output.replace(/\/\/[^/@\s]*@/g, '//').slice(-1_000));
}
