import { budgets } from '@backstay/document';
import { unreadable } from './evidence-result.ts';
import { Stopwatch } from './stopwatch.ts';

export type LineMatcher = (lines: string[]) => boolean[];

/**
 * Which lines hold any of the patterns. A pattern is literal text, or a regular expression between slashes, with flags
 * `i`, `s` and `u`. Expressions that take longer than their budget, for a batch or for all of them, end the reading with an error: it cannot hang.
 */
export function lineMatcher(patterns: string[]): LineMatcher {
  const parsed = patterns.map(parsePattern);
  const literals = parsed.filter((each) => typeof each === 'string');
  const expressions = parsed.filter((each) => typeof each !== 'string');
  const stopwatch = new Stopwatch(() => `${shown(expressions)} takes too long on these lines`);
  const isMatch = (line: string) => expressions.some((expression) => expression.test(line));
  return (lines) => {
    const byExpression = expressions.length > 0 ? stopwatch.run(lines, isMatch) : [];
    return lines.map(
      (line, index) => byExpression[index] === true || literals.some((literal) => line.includes(literal)),
    );
  };
}

function parsePattern(pattern: string): string | RegExp {
  const [, body, flags] = /^\/(.+)\/([isu]*)$/s.exec(pattern) ?? [];
  if (body === undefined) return pattern;
  if (pattern.length > budgets.pattern.characters)
    throw unreadable(`a pattern is longer than ${budgets.pattern.characters} characters`);
  try {
    return new RegExp(body, flags);
  } catch {
    throw unreadable(`${pattern} is not a regular expression`);
  }
}

const shown = (expressions: RegExp[]): string => expressions.map(String).join(', ');
