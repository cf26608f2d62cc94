import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** The only variables of this process that git and what it starts inherit. */
const passed =
  'PATH HOME LANG TZ TMPDIR SSH_AUTH_SOCK SSL_CERT_FILE http_proxy https_proxy HTTPS_PROXY no_proxy NO_PROXY'.split(
    ' ',
  );

/**
 * The person's own configuration is read first, because credentials are found through it. Whatever could make the same commit
 * another tree on another machine is then set to git's default.
 */
const configuration = (own: string): string => `[include]
	path = ${JSON.stringify(own)}
[safe]
	directory = *
[core]
	hooksPath = /dev/null
	attributesFile = /dev/null
	autocrlf = false
	eol = lf
	symlinks = true
	sparseCheckout = false
	fsmonitor = false
[protocol]
	version = 2
[clone]
	rejectShallow = false
[submodule]
	recurse = false
[gc]
	auto = 0
[maintenance]
	auto = false
`;

/** A file, because git hides variables with configuration from the processes that serve a repository on the same machine. */
async function configurationFile(cacheDir: string): Promise<string> {
  const path = join(cacheDir, 'gitconfig');
  const wanted = configuration(join(homedir(), '.gitconfig'));
  if ((await readFile(path, 'utf8').catch(() => null)) === wanted) return path;
  await mkdir(cacheDir, { recursive: true, mode: 0o700 });
  const draft = `${path}.${randomUUID()}.draft`;
  await writeFile(draft, wanted, { mode: 0o600, flush: true });
  await rename(draft, path);
  return path;
}

const given = (names: readonly string[]): Record<string, string> =>
  Object.fromEntries(names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])));

/** What a repository of another user starts sees neither our configuration nor the credentials that it, or a proxy's address, names. */
const foreign = { GIT_CONFIG_GLOBAL: '/dev/null', HOME: '/' };

async function environmentFor(cacheDir: string, as: GitOptions['as']): Promise<Record<string, string>> {
  return {
    ...given(as === undefined ? passed : ['PATH', 'LANG', 'TZ']),
    LC_ALL: 'C',
    ...(as === undefined ? { GIT_CONFIG_GLOBAL: await configurationFile(cacheDir) } : foreign),
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_GRAFT_FILE: '/dev/null',
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
  /** The index to use, where it is not the repository's own. */
  readonly indexFile?: string;
  /** In a repository of another user, as that user: what its own configuration starts has no rights of ours. */
  readonly as?: { readonly uid: number; readonly gid: number } | undefined;
  /** What git reads from its standard input. */
  readonly input?: string;
}

/** git ran and refused; `words` is the last of what it said. */
export class GitFailed extends Error {
  override readonly name = 'GitFailed';

  constructor(readonly output: string) {
    super(output);
  }
}

/**
 * Runs git without a prompt, a hook or a shell; returns the bytes of its standard output. What it reports as an error is one, also
 * where its exit code is 0. Throws GitFailed.
 */
export async function git(
  args: readonly string[],
  { cacheDir, in: folder, signal, timeoutMs = 600_000, indexFile, input, as }: GitOptions,
): Promise<Buffer> {
  const place = folder === undefined ? [] : ['-C', resolve(folder)];
  const options = {
    ...(as && { uid: as.uid, gid: as.gid, cwd: '/' }),
    env: {
      ...(await environmentFor(cacheDir, as)),
      ...(indexFile === undefined ? {} : { GIT_INDEX_FILE: indexFile }),
    },
    encoding: 'buffer',
    maxBuffer: 64 * 1024 * 1024,
    timeout: timeoutMs,
  } as const;
  try {
    const running = run('git', [...place, ...args], { ...options, ...(signal && { signal }) });
    // A git that ends before it has read everything says why with its exit code.
    running.child.stdin?.on('error', () => undefined).end(input);
    const { stdout, stderr } = await running;
    if (/^error: /m.test(stderr.toString('utf8'))) throw explain(Object.assign(new Error(), { stderr }), timeoutMs);
    return stdout;
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof GitFailed || (error as NodeJS.ErrnoException).code === 'ENOSPC') throw error;
    throw explain(error as NodeJS.ErrnoException & { stderr?: Buffer; killed?: boolean }, timeoutMs);
  }
}

function explain(error: NodeJS.ErrnoException & { stderr?: Buffer; killed?: boolean }, timeoutMs: number): Error {
  if (error.code === 'ENOENT') return new Error('git is not installed: install the package `git`');
  if (hasNoSpace(String(error.stderr ?? '')))
    return Object.assign(new Error('git has no space on the disk', { cause: error }), { code: 'ENOSPC' });
  if (error.killed) return new GitFailed(`it did not end within ${timeoutMs} ms`);
  return new GitFailed(safeEnd(error.stderr?.toString('utf8').trim() || error.message));
}

/** Here; a remote that has no space says so too, and is out of order like any other remote. */
const hasNoSpace = (output: string): boolean =>
  /^(?!remote:).*(no space left on device|disk quota exceeded)/im.test(output);

const safeEnd = (output: string | Buffer): string =>
  String(output)
    .replace(/\/\/[^/\s]*@/g, '//')
    .slice(-1_000);
