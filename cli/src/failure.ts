import { exitCodes, type ExitCode } from './exit-codes.ts';

/** What `--json` prints of a failure: the body of RFC 9457, as the platform sends it. */
export interface ProblemDetails {
  readonly type?: string;
  readonly title: string;
  readonly status?: number;
  readonly detail?: string;
  readonly errors?: readonly ProblemEntry[];
  readonly [extension: string]: unknown;
}

export interface ProblemEntry {
  readonly message?: string;
  readonly detail?: string;
  /** Into the body of the request, or into a plan. */
  readonly pointer?: string;
  /** Of the query, the path or the headers. */
  readonly parameter?: string;
  /** Another file than the document. */
  readonly file?: string;
  /** `request`: no line is wrong. */
  readonly of?: 'request';
  readonly line?: number;
  readonly column?: number;
  readonly severity?: 'error' | 'warning';
  readonly code?: string;
  readonly suggestion?: string;
}

/** A command that did not do what it was asked to: what to print, and which exit code stands for it. */
export class Failure extends Error {
  override readonly name = 'Failure';

  constructor(
    readonly exitCode: ExitCode,
    message: string,
    readonly problem: ProblemDetails = { title: message },
    /** The texts that the problem's lines stand in, by file. */
    readonly sources: ReadonlyMap<string, string> = new Map(),
  ) {
    super(message);
  }
}

export const usage = (message: string): Failure => new Failure(exitCodes.usage, message);

/** The same failure, its lines being those of the file that was sent. */
export function ofFile(error: unknown, file: string, sources: ReadonlyMap<string, string>): unknown {
  if (!(error instanceof Failure) || error.problem.errors === undefined) return error;
  const errors = error.problem.errors.map((each) => (each.line === undefined ? each : { file, ...each }));
  return new Failure(error.exitCode, error.message, { ...error.problem, errors }, sources);
}
