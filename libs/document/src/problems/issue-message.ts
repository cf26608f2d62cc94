import type { z } from 'zod';
import { didYouMean } from './nearest.ts';

const kinds: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'names with their values',
  record: 'names with their values',
  null: 'null',
};

/** What a shape expected, in the words of whoever writes the value; undefined where zod's own words must do. For the `error` of a parse. */
export function issueMessage(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return expectation(kinds[issue.expected] ?? issue.expected, issue.input);
    case 'invalid_value': {
      const values = issue.values.map(String);
      const near = typeof issue.input === 'string' ? didYouMean(issue.input, values) : '';
      return `${expectation(listed(values), issue.input)}${near}`;
    }
    case 'too_small':
      return least(issue.origin, Number(issue.minimum), issue.inclusive ?? true, issue.input);
    case 'too_big':
      return `expected at most ${issue.maximum}${counted[issue.origin] ?? `, not ${shown(issue.input)}`}`;
    default:
      return undefined;
  }
}

/** What was expected of a value, and what it is instead. */
export const expectation = (expected: string, input: unknown): string =>
  `expected ${expected}${input === undefined ? '; it is missing' : `, not ${shown(input)}`}`;

/** `a, b or c` */
export function listed(words: readonly string[]): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

const counted: Readonly<Record<string, string>> = { array: ' items', string: ' characters' };

function least(origin: string, minimum: number, inclusive: boolean, input: unknown): string {
  if (minimum === 1 && origin === 'array') return 'expected at least one item, not an empty list';
  if (minimum === 1 && origin === 'string') return 'expected a text, not an empty one';
  const limit = inclusive ? `of at least ${minimum}` : `above ${minimum}`;
  return counted[origin]
    ? `expected at least ${minimum}${counted[origin]}`
    : `expected a number ${limit}, not ${shown(input)}`;
}

function shown(value: unknown): string {
  if (typeof value === 'string')
    return value === '' ? 'an empty text' : `“${value.length > 60 ? `${value.slice(0, 60)}…` : value}”`;
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'number' || typeof value === 'boolean' ? `${value}` : 'names with their values';
}
