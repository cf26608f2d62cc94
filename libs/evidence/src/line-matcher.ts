import { createContext, Script } from 'node:vm';
import { unreadable } from './evidence-result.ts';

const LONGEST_PATTERN = 500;
/** Milliseconds for one batch of lines: ordinary expressions need a thousandth of it. */
const BATCH_MS = 1_000;

export type LineMatcher = (lines: string[]) => boolean[];

const script = new Script('lines.map((line) => expressions.some((expression) => expression.test(line)))');

/**
 * Which lines hold any of the patterns. A pattern is literal text, or a regular expression between slashes, with flags
 * `i`, `s` and `u`. An expression that takes too long for a batch ends the reading with an error: it cannot hang.
 */
export function lineMatcher(patterns: string[]): LineMatcher {
  const parsed = patterns.map(parsePattern);
  const literals = parsed.filter((each) => typeof each === 'string');
  const expressions = parsed.filter((each) => typeof each !== 'string');
  return (lines) => {
    const byExpression = expressions.length > 0 ? testWithin(expressions, lines) : [];
    return lines.map(
      (line, index) => byExpression[index] === true || literals.some((literal) => line.includes(literal)),
    );
  };
}

function parsePattern(pattern: string): string | RegExp {
  const [, body, flags] = /^\/(.+)\/([isu]*)$/s.exec(pattern) ?? [];
  if (body === undefined) return pattern;
  if (pattern.length > LONGEST_PATTERN) throw unreadable(`a pattern is longer than ${LONGEST_PATTERN} characters`);
  try {
    return new RegExp(body, flags);
  } catch {
    throw unreadable(`${pattern} is not a regular expression`);
  }
}

function testWithin(expressions: RegExp[], lines: string[]): boolean[] {
  try {
    return script.runInContext(createContext({ expressions, lines }), { timeout: BATCH_MS }) as boolean[];
  } catch {
    throw unreadable(`${expressions.map(String).join(', ')} takes too long on these lines`);
  }
}
