import { execFile } from 'node:child_process';
import { access, constants, readFile, readdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** Milliseconds. */
  timeout?: number;
  /** Who runs it, by default this user. */
  account?: { uid: number; gid: number };
}

/** The machine as the search sees it: a port, so that the order of the search can be tried without one. */
export interface Machine {
  platform: NodeJS.Platform;
  arch: string;
  /** -1 where users have no numbers. */
  uid: number;
  env: NodeJS.ProcessEnv;
  /** Directory for what was downloaded, shared by all data directories of this user. */
  cache: string;
  isProgram(path: string): Promise<boolean>;
  /** Whether every user may enter the directory and all above it. */
  isOpen(directory: string): Promise<boolean>;
  /** Names in a directory; none if it cannot be read. */
  list(directory: string): Promise<string[]>;
  /** Content of a file; empty if it cannot be read. */
  read(path: string): Promise<string>;
  /** Never rejects but on abort: a program that cannot be started has code 127. */
  run(command: string, args: string[], options?: RunOptions): Promise<Outcome>;
}

const othersMayEnter = 0o001;

async function isProgram(path: string): Promise<boolean> {
  const executable = await access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
  return executable && (await stat(path)).isFile();
}

export async function isOpen(directory: string): Promise<boolean> {
  const mode = await stat(directory).then(
    (found) => found.mode,
    () => 0,
  );
  if ((mode & othersMayEnter) === 0) return false;
  return dirname(directory) === directory || isOpen(dirname(directory));
}

function run(
  command: string,
  args: string[],
  { account, ...options }: RunOptions,
  signal?: AbortSignal,
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    execFile(
      command,
      args,
      { ...options, ...account, signal, maxBuffer: 16 * 1024 * 1024 },
      (error, stdout, stderr) => {
        if (signal?.aborted) return reject(signal.reason);
        if (!error) return resolve({ code: 0, stdout, stderr });
        resolve({ code: typeof error.code === 'number' ? error.code : 127, stdout, stderr: stderr || error.message });
      },
    );
  });
}

export interface MachineOptions {
  env: NodeJS.ProcessEnv;
  cache: string;
  signal?: AbortSignal;
}

export function thisMachine({ env, cache, signal }: MachineOptions): Machine {
  return {
    platform: process.platform,
    arch: process.arch,
    uid: process.getuid?.() ?? -1,
    env,
    cache,
    isProgram,
    isOpen,
    list: (directory) => readdir(directory).catch(() => []),
    read: (path) => readFile(path, 'utf8').catch(() => ''),
    run: (command, args, options = {}) => run(command, args, { env, ...options }, signal),
  };
}
