import type { Blocker, Problem } from '@backstay/document';

/** Every problem of a request; becomes a rejection that names them all. */
export class Problems extends Error {
  override readonly name = 'Problems';
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map(({ message }) => message).join('\n'));
    this.problems = problems;
  }
}

/** What keeps a plan from running, reported like a problem of its line. */
export function problemOf({ code, message, line }: Blocker): Problem {
  return { line: line ?? 1, column: 1, severity: 'error', code, message };
}
