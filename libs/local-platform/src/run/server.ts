import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PartFailed, type Part, type PartName, type RestartOptions } from '../part.ts';
import { freePort } from './port.ts';
import { ServerProcess, tail, type Launch } from './server-process.ts';
import { reclaim, acquire, release } from './directory-lock.ts';
import { until } from './wait.ts';

export type Run = Pick<Launch, 'command' | 'args' | 'env' | 'account' | 'send'>;

/** What differs between the servers. */
export interface ServerPlan {
  name: PartName;
  title: string;
  origin: string;
  /** Exists; holds the log and the note of who uses it. */
  directory: string;
  /** What a wipe removes. */
  data: string;
  url: (port: number) => string;
  stopSignal: NodeJS.Signals;
  /** Makes ready what the server needs, then returns how to start it. Repeated before every start. */
  prepare: (port: number) => Promise<Run>;
  /** Returns the server's version as soon as it serves. */
  ready: (url: string) => Promise<string>;
  /** What the log says where another try may succeed on the same port. */
  passing?: RegExp;
  say: (line: string) => void;
  signal?: AbortSignal;
  scratch?: string;
}

const readyWithinMs = 60_000;
const passesWithinMs = 15_000;
const saysReady = /is ready|ready to accept/i;
const portTaken = /address (?:is )?already in use/i;

/** A server of this package: one process at a time, on one port. */
class Server implements Part {
  readonly url: string;
  version = '';
  private readonly plan: ServerPlan;
  private readonly port: number;
  private process: ServerProcess | undefined;

  constructor(plan: ServerPlan, port: number) {
    this.plan = plan;
    this.port = port;
    this.url = plan.url(port);
  }

  get name(): PartName {
    return this.plan.name;
  }

  get origin(): string {
    return this.plan.origin;
  }

  get pid(): number | undefined {
    return this.process?.pid;
  }

  get log(): string {
    return join(this.plan.directory, 'server.log');
  }

  /** Starts, and again while the reason for the failure is one that passes. */
  async start(signal?: AbortSignal): Promise<void> {
    const deadline = performance.now() + passesWithinMs;
    const passes = () => performance.now() < deadline && this.plan.passing?.test(tail(this.log));
    for (;;) {
      try {
        return await this.startOnce(signal);
      } catch (error) {
        if (!passes()) throw error;
      }
    }
  }

  async stop(): Promise<void> {
    const { process } = this;
    this.process = undefined;
    if (!process) return;
    await process.stop();
    await release(this.plan.directory);
  }

  kill(signal: NodeJS.Signals): void {
    this.process?.send(signal);
  }

  async restart({ wipe = false }: RestartOptions = {}): Promise<void> {
    await this.stop();
    if (wipe) await rm(this.plan.data, { recursive: true, force: true });
    await this.start();
  }

  private async startOnce(signal?: AbortSignal): Promise<void> {
    const run = await this.plan.prepare(this.port);
    await rm(this.log, { force: true });
    const { stopSignal, scratch } = this.plan;
    const server = await ServerProcess.start({ ...run, stopSignal, scratch, log: this.log });
    this.process = server;
    server.exited.then(() => this.reportUnexpected(server)).catch(() => undefined);
    try {
      await acquire(this.plan.directory, server.pid);
      this.version = await this.untilReady(server, signal);
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  private reportUnexpected(server: ServerProcess): void {
    if (this.process !== server) return;
    this.plan.say(`${this.plan.title} ended with ${server.outcome}; its log is ${this.log}`);
  }

  private async untilReady(server: ServerProcess, signal?: AbortSignal): Promise<string> {
    const { title, ready } = this.plan;
    const failed = (what: string) => new PartFailed(`${title} ${what}. Its log ends with:\n${tail(this.log)}`);
    const hopeless = () => (server.ended ? failed(`ended with ${server.outcome} before it was ready`) : undefined);
    const probe = async () => {
      // Whoever was faster on this port would respond too; only our own server writes to our log.
      if (!saysReady.test(tail(this.log))) throw new Error('it has not said that it is ready');
      return ready(this.url);
    };
    try {
      return await until(probe, { within: readyWithinMs, signal, hopeless });
    } catch (error) {
      if (error instanceof PartFailed || signal?.aborted) throw error;
      throw failed(
        `did not respond within ${readyWithinMs / 1000} s (${error instanceof Error ? error.message : String(error)})`,
      );
    }
  }
}

/**
 * Starts the server on a free port; on another one if somebody was faster.
 * @throws PartFailed, PartInUse
 */
export async function startServer(plan: ServerPlan, tries = 3): Promise<Part> {
  await reclaim(plan.directory, plan.stopSignal, plan.say);
  const server = new Server(plan, await freePort());
  plan.say(`starting ${plan.title} (${plan.origin}) at ${withoutPassword(server.url)}, data in ${plan.data}`);
  try {
    await server.start(plan.signal);
    return server;
  } catch (error) {
    if (tries > 1 && portTaken.test(tail(server.log))) return startServer(plan, tries - 1);
    throw error;
  }
}

function withoutPassword(url: string): string {
  const shown = new URL(url);
  shown.password = '';
  return shown.toString();
}
