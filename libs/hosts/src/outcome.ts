/** What a command said. `sha256` and `bytes` are of the file at `path`. */
export interface CommandOutput {
  /** The last 16 KiB, cut at a character. */
  readonly tail: string;
  readonly bytes: number;
  /** More than `bytes` when the output was capped. */
  readonly totalBytes: number;
  readonly sha256: string;
  readonly path: string;
  readonly truncated: boolean;
  /** Places `[offset, length]` in the file that the supervisor wrote, such as `$ command` lines. */
  readonly notes: readonly (readonly [number, number])[];
}

interface Ended {
  readonly durationMs: number;
  readonly output: CommandOutput;
}

/** How a command ended. `unknown` is not a failure: nobody saw the end, and nobody may assume that nothing was done. */
export type CommandOutcome =
  | ({ readonly status: 'exited'; readonly exitCode: number; readonly signal?: string } & Ended)
  | ({ readonly status: 'timed-out' } & Ended)
  | ({ readonly status: 'interrupted' } & Ended)
  | { readonly status: 'not-started'; readonly why: string }
  | {
      readonly status: 'unknown';
      readonly why: string;
      /** Whether processes of the command still run here; null on another machine. */
      readonly running: boolean | null;
    };
