import { parseDocument } from './parse.ts';
import type { ProblemCode } from './problem-codes.ts';
import type { Problem } from './problem.ts';

/** What is written in place of what; ‸ marks where the problem is told, one for each code. */
export interface Mistake {
  readonly name: string;
  readonly in: string;
  readonly from: string;
  readonly to: string;
  readonly codes: readonly ProblemCode[];
}

export function mistake(name: string, document: string, from: string, to: string, ...codes: ProblemCode[]): Mistake {
  return { name, in: document, from, to, codes };
}

/** Where the problems stand that the caret marks, and the text without the carets. */
export function planted({ in: document, from, to, codes }: Mistake): { text: string; expected: string[] } {
  if (document.split(from).length !== 2) throw new Error(`stands ${document.split(from).length - 1} times: ${from}`);
  const marked = document.split(from).join(to);
  const lines = marked.split('\n');
  const places = lines.flatMap((line, index) => {
    const columns: number[] = [];
    for (let at = line.indexOf('‸'), before = 0; at >= 0; at = line.indexOf('‸', at + 1))
      columns.push(at + 1 - before++);
    return columns.map((column) => `${index + 1}:${column}`);
  });
  return { text: marked.replaceAll('‸', ''), expected: places.map((place, index) => `${place} ${codes[index]}`) };
}

export function problemsOf(text: string): Problem[] {
  const parsed = parseDocument(text);
  return parsed.ok ? parsed.warnings : parsed.problems;
}
