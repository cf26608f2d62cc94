/** One finding about a document, bindings or profile. Lines and columns count from 1. */
export interface Problem {
  /** Absent: the deployment document itself. */
  readonly file?: string;
  readonly line: number;
  readonly column: number;
  readonly severity: 'error' | 'warning';
  /** Stable, kebab-case. */
  readonly code: string;
  /** What is wrong, what was expected, what to do. */
  readonly message: string;
  /** The line to write instead or to add. */
  readonly suggestion?: string;
  /** Of the request, which says what the document does not: no line is wrong, and `line` and `column` are 1. */
  readonly of?: 'request';
  /** Of a plan in JSON: where, as a JSON pointer. */
  readonly pointer?: string;
}

/** A reason why a plan cannot run now; unlike a problem it may lie outside the document. */
export interface Blocker {
  readonly code: string;
  readonly message: string;
  readonly line?: number;
}
