/** Where text goes; `process.stdout` and `process.stderr` are such. */
export interface Sink {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

/** All that a command touches of the process around it. */
export interface World {
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly env: NodeJS.ProcessEnv;
  /** Relative files are looked up here. */
  readonly directory: string;
  /** Aborted when a person or the system asks the command to end. */
  readonly interrupted: AbortSignal;
}
