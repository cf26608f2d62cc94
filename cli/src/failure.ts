import type { DocumentProblem, FieldError, Problem } from '@backstay/api-contract';
import { exitCodes, type ExitCode } from './exit-codes.ts';

/** What is wrong with a request, as the platform reports it, or with a document, as it is found here. */
export type ProblemEntry = Partial<FieldError> & Partial<DocumentProblem>;

/** What `--json` prints of a failure: the body of RFC 9457, as the platform sends it; of one found here, the parts that there are. */
export interface ProblemDetails extends Partial<Omit<Problem, 'errors'>> {
  readonly title: string;
  readonly errors?: readonly ProblemEntry[] | undefined;
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
