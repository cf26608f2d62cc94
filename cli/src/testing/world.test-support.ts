import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExitCode } from '../exit-codes.ts';
import { run } from '../run.ts';
import type { World } from '../world.ts';

export interface Ran {
  readonly code: ExitCode;
  readonly out: string;
  readonly err: string;
}

export interface ExternalServices {
  readonly env?: NodeJS.ProcessEnv;
  readonly directory?: string;
  readonly interrupted?: AbortSignal;
  readonly terminal?: { readonly columns: number; readonly rows: number };
}

/** Runs a command line as a process would, and returns all that it printed. */
export async function backstay(argv: readonly string[], externalServices: ExternalServices = {}): Promise<Ran> {
  const { world, printed } = recordingWorld(externalServices);
  const code = await run(argv, world);
  return { code, ...printed() };
}

export function recordingWorld(externalServices: ExternalServices = {}): {
  world: World;
  printed: () => { out: string; err: string };
} {
  const { env = {}, directory = tmpdir(), interrupted = new AbortController().signal, terminal } = externalServices;
  const written = { out: '', err: '' };
  const world: World = {
    stdout: { write: (text) => (written.out += text), ...(terminal && { isTTY: true, ...terminal }) },
    stderr: { write: (text) => (written.err += text) },
    env,
    directory,
    interrupted,
  };
  return { world, printed: () => ({ ...written }) };
}

/** A folder for one test, removed afterwards. */
export async function inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'backstay-cli-'));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
