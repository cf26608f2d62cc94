import type { Problem } from './problem.ts';
import type { ProblemCode } from './problem-codes.ts';
import type { Place } from '../markdown/span.ts';

/** Gathers the findings about one text. */
export class Report {
  readonly #problems: Problem[] = [];
  #errors = 0;

  constructor(private readonly file?: string) {}

  error(place: Place, code: ProblemCode, message: string, suggestion?: string): undefined {
    this.#add('error', place, code, message, suggestion);
  }

  warn(place: Place, code: ProblemCode, message: string, suggestion?: string): undefined {
    this.#add('warning', place, code, message, suggestion);
  }

  /** What the request says and the document does not. */
  errorOfRequest(code: ProblemCode, message: string): undefined {
    this.#errors++;
    this.#problems.push({ line: 1, column: 1, severity: 'error', code, message, of: 'request' });
  }

  get errorCount(): number {
    return this.#errors;
  }

  has(code: ProblemCode): boolean {
    return this.#problems.some((problem) => problem.code === code);
  }

  get problems(): Problem[] {
    return inLineOrder(this.#problems);
  }

  #add(severity: Problem['severity'], place: Place, code: ProblemCode, message: string, suggestion?: string): void {
    const { line, column } = place;
    if (severity === 'error') this.#errors++;
    this.#problems.push({
      ...(this.file === undefined ? {} : { file: this.file }),
      line,
      column,
      severity,
      code,
      message,
      ...(suggestion === undefined ? {} : { suggestion }),
    });
  }
}

export function inLineOrder(problems: readonly Problem[]): Problem[] {
  return [...problems].sort((a, b) => a.line - b.line || a.column - b.column);
}
