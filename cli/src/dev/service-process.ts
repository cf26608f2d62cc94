import { duration } from '@backstay/document';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { exitCodes } from '../exit-codes.ts';
import { Failure } from '../failure.ts';

export interface ServiceProcessOptions {
  /** A script for Node that prints `ready URL` once it serves, and ends cleanly on SIGTERM. */
  readonly entry: string;
  readonly env: NodeJS.ProcessEnv;
  /** Where everything it prints goes. */
  readonly log: string;
  readonly signal?: AbortSignal;
  readonly readyWithinMs?: number;
  readonly endsWithinMs?: number;
}

export interface ServiceProcess {
  readonly url: string;
  readonly pid: number | undefined;
  /** Resolves when it has ended by itself; never when it was stopped. */
  readonly ended: Promise<Failure>;
  /** Asks it to end, and ends it when it does not; a second call waits for the same end. */
  stop(): Promise<void>;
}

const defaultReadyMs = 120_000;
const defaultEndMs = 20_000;
const logLines = 15;

/** @throws Failure when it ends or does not serve in time, with the end of its log; nothing is left running then */
export async function startServiceProcess(options: ServiceProcessOptions): Promise<ServiceProcess> {
  const { entry, env, log, signal } = options;
  signal?.throwIfAborted();
  // In a session of its own: ^C in a terminal must reach this command alone, which ends things in their order. The child sees
  // the end of its standard input when this command is gone for good.
  const child = spawn(process.execPath, [entry, '--while-stdin'], {
    env,
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  child.stdin.on('error', () => undefined);
  const written = createWriteStream(log, { mode: 0o600 });
  child.stderr.pipe(written, { end: false });
  const stop = stopper(child, written, options.endsWithinMs ?? defaultEndMs);
  try {
    const url = await untilReady(child, written, options);
    return { url, pid: child.pid, ended: unexpected(child, stop, log), stop: stop.run };
  } catch (error) {
    await stop.run();
    signal?.throwIfAborted();
    throw await withLog(error as Error, log);
  }
}

interface Stopper {
  readonly isAsked: () => boolean;
  readonly run: () => Promise<void>;
}

function stopper(child: ChildProcess, written: WriteStream, endsWithinMs: number): Stopper {
  let ending: Promise<void> | undefined;
  return { isAsked: () => ending !== undefined, run: () => (ending ??= end()) };

  async function end(): Promise<void> {
    if (hasEnded(child)) return void written.end();
    const exited = once(child, 'exit').catch(() => undefined);
    child.kill('SIGTERM');
    const patience = new AbortController();
    const late = pause(endsWithinMs, undefined, { signal: patience.signal }).then(
      () => child.kill('SIGKILL'),
      () => undefined,
    );
    await Promise.race([exited, late]);
    patience.abort();
    if (!hasEnded(child)) await exited;
    written.end();
  }
}

const hasEnded = ({ exitCode, signalCode, pid }: ChildProcess) =>
  exitCode !== null || signalCode !== null || pid === undefined;

async function untilReady(child: ChildProcess, written: WriteStream, options: ServiceProcessOptions): Promise<string> {
  const { signal, readyWithinMs = defaultReadyMs } = options;
  return new Promise<string>((resolve, reject) => {
    const late = setTimeout(
      () => reject(new Error(`the platform was not ready within ${duration(readyWithinMs)}`)),
      readyWithinMs,
    );
    const settle = (act: () => void) => {
      clearTimeout(late);
      act();
    };
    createInterface({ input: child.stdout! }).on('line', (line) => {
      written.write(`${line}\n`);
      const url = /^ready (https?:\/\/\S+)/.exec(line)?.[1];
      if (url) settle(() => resolve(url));
    });
    child.once('error', (error) => settle(() => reject(error)));
    child.once('exit', (code, by) => settle(() => reject(new Error(`the platform ended with ${by ?? code}`))));
    signal?.addEventListener('abort', () => settle(() => reject(signal.reason as Error)), { once: true });
  });
}

async function unexpected(child: ChildProcess, stop: Stopper, log: string): Promise<Failure> {
  const ended = hasEnded(child) ? [child.exitCode, child.signalCode] : ((await once(child, 'exit')) as unknown[]);
  if (stop.isAsked()) return new Promise<never>(() => undefined);
  return withLog(new Error(`the platform ended with ${String(ended[1] ?? ended[0])}`), log);
}

async function withLog({ message }: Error, log: string): Promise<Failure> {
  const text = await readFile(log, 'utf8').catch(() => '');
  const last = text.trimEnd().split('\n').slice(-logLines).join('\n');
  return new Failure(exitCodes.failed, [`${message}. Its log is ${log} and ends with:`, last].join('\n'), {
    title: message,
    detail: `its log is ${log}`,
  });
}
