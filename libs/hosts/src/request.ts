import type { Account } from './account.ts';

/** One line: `argv` is run as it is; `text` is what people read, and what a shell gets when one was asked for. */
export interface CommandLine {
  readonly text: string;
  readonly argv: readonly string[];
}

/** Names one step of one deployment on disk; every attempt of it lives below the same folder. */
export interface CommandName {
  /** The state directory of the platform, an absolute path. */
  readonly directory: string;
  /** The step key, the same after every restart. */
  readonly key: string;
}

export interface CommandRequest extends CommandName {
  /** Counts from 1; a new number needs a recorded authorisation, the same number re-attaches. */
  readonly attempt: number;
  /** The fencing token of the lease under which this runs. */
  readonly token: number;
  /** Run one after another as one unit; the first that fails ends it. With several, the output shows each as `$ text`. */
  readonly commands: readonly CommandLine[];
  /** Give each line's `text` to `/bin/sh -c` instead of running its `argv`. */
  readonly shell?: boolean;
  readonly cwd: string;
  /** The user that the commands run as, with a umask of 077; Backstay's own by default. Records and output stay Backstay's. */
  readonly runAs?: Account | undefined;
  /** All the command sees beside PATH, HOME, LANG, TZ, TMPDIR and its own BACKSTAY_RUN; with `runAs` USER, LOGNAME and SHELL, and no TMPDIR. */
  readonly env?: Readonly<Record<string, string>>;
  /** Values that must not reach the disk: replaced by `***` in the output, in every form and part that a redactor knows. */
  readonly mask?: readonly string[];
  /** Public values, which are not masked although a masked value may hold them. */
  readonly open?: readonly string[];
  /** Values that are too short to be masked: output that holds one is not kept. */
  readonly withhold?: readonly string[];
  readonly timeoutMs: number;
  /** How long a command may take to end after it was asked to; 5 s by default. */
  readonly graceMs?: number;
  /** Output beyond this is counted and thrown away; 10 MiB by default. */
  readonly outputLimitBytes?: number;
  /** Ends the command's process group; the outcome is then `interrupted`. */
  readonly signal?: AbortSignal;
  /** Output as it comes, in pieces. */
  readonly onOutput?: (text: string) => void;
}

export const defaultOutputLimitBytes = 10 * 1024 * 1024;
export const defaultGraceMs = 5_000;
