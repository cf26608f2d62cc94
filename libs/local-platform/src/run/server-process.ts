import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { watch } from './watchdog.ts';

export interface Launch {
  command: string;
  args: string[];
  env: NodeJS.ProcessEnv;
  account?: { uid: number; gid: number };
  /** Path of the file that receives what the server prints. */
  log: string;
  /** Asks the server to end in order. */
  stopSignal: NodeJS.Signals;
  /** How another signal reaches the server; by default it is sent to the process. */
  send?: (signal: NodeJS.Signals) => void;
  /** Directory to remove if this process ends without stopping the server. */
  scratch?: string;
}

const graceMs = 15_000;
const running = new Set<ServerProcess>();
process.on('exit', () => running.forEach((server) => server.send(server.launch.stopSignal)));

/** A server as a child process in a group of its own, so that Ctrl-C reaches this process first; it never outlives this process. */
export class ServerProcess {
  readonly launch: Launch;
  readonly exited: Promise<void>;
  private readonly child: ChildProcess;

  private constructor(launch: Launch, child: ChildProcess) {
    this.launch = launch;
    this.child = child;
    this.exited = new Promise((resolve) => child.once('exit', () => resolve()));
    child.on('error', () => undefined);
  }

  /** @throws the error of a program that cannot be started */
  static async start(launch: Launch): Promise<ServerProcess> {
    const log = openSync(launch.log, 'a', 0o600);
    const { command, args, env, account } = launch;
    const child = spawn(command, args, { env, ...account, cwd: '/', stdio: ['ignore', log, log], detached: true });
    closeSync(log);
    await once(child, 'spawn');
    const server = new ServerProcess(launch, child);
    const watchdog = watch(child.pid as number, launch.stopSignal, launch.scratch);
    running.add(server);
    child.once('exit', () => {
      running.delete(server);
      watchdog.release();
    });
    child.unref();
    return server;
  }

  get pid(): number | undefined {
    return this.ended ? undefined : this.child.pid;
  }

  get ended(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** How it ended: an exit code or the name of a signal. */
  get outcome(): string {
    return this.child.signalCode ?? `code ${this.child.exitCode}`;
  }

  send(signal: NodeJS.Signals): void {
    if (this.ended) return;
    if (this.launch.send) this.launch.send(signal);
    else this.child.kill(signal);
  }

  /** Asks for an orderly end; after 15 seconds, forces it. */
  async stop(): Promise<void> {
    this.child.ref();
    this.send(this.launch.stopSignal);
    const force = setTimeout(() => this.send('SIGKILL'), graceMs);
    if (!this.ended) await this.exited;
    clearTimeout(force);
  }
}

/** The last lines of a log, for error messages. */
export function tail(path: string, lines = 20): string {
  try {
    return readFileSync(path, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
  } catch {
    return '';
  }
}
