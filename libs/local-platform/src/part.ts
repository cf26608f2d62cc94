export type PartName = 'postgres' | 'nats' | 'redis';

/** A server of the platform, reachable under `url`. One that was configured belongs to somebody else: it is used, never stopped. */
export interface Part {
  readonly name: PartName;
  readonly url: string;
  /** `configured`, the path of the program, or the name of the container image. */
  readonly origin: string;
  readonly version: string;
  /** Undefined while nothing of ours runs. */
  readonly pid: number | undefined;
  /** Path of the server's log; undefined for a configured part. */
  readonly log: string | undefined;
  /** Ends the server and waits until it is gone. A second call does nothing. */
  stop(): Promise<void>;
  /** Sends a signal and does not wait. */
  kill(signal: NodeJS.Signals): void;
  /** Stops what still runs and starts again on the same port, with the same data unless `wipe`. */
  restart(options?: RestartOptions): Promise<void>;
}

export interface RestartOptions {
  wipe?: boolean;
}

export interface ProvisionOptions {
  /** Everything a part writes lies below this directory. */
  dataDir: string;
  /** Hears what is about to be done, before it is done. */
  say: (line: string) => void;
  /** Defaults to `process.env`. */
  env?: NodeJS.ProcessEnv;
  /** Ends the search, a download or a start; a server that has started runs on. */
  signal?: AbortSignal;
  /** PostgreSQL leaves it to the system when data reach the disk: they survive its own crash, not one of the machine. */
  fast?: boolean;
  /** The `accounts` of nats-server, as its configuration has them; without them anybody may do anything there. */
  natsAccounts?: string;
  /** `dataDir` is removed if this process ends without stopping the part, however it ends: for tests. */
  ephemeral?: boolean;
}

/** No way to get a required part was found. The message lists each way with the reason, and the command that gets the part. */
export class PartMissing extends Error {
  override readonly name = 'PartMissing';
  readonly part: PartName;
  readonly reasons: readonly string[];
  readonly command: string;

  constructor(part: PartName, title: string, reasons: readonly string[], command: string) {
    super(
      [`${title} is missing. Looked for:`, ...reasons.map((reason) => `  - ${reason}`), `Get it with: ${command}`].join(
        '\n',
      ),
    );
    this.part = part;
    this.reasons = reasons;
    this.command = command;
  }
}

/** A part was found but does not respond. The message ends with the last lines of its log, if there is one. */
export class PartFailed extends Error {
  override readonly name = 'PartFailed';
}

/** Another running process owns the server in this data directory. */
export class PartInUse extends Error {
  override readonly name = 'PartInUse';
}
