import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { issueMessage } from './issue-message.ts';

const messageOf = (schema: z.ZodType, value: unknown): string | undefined =>
  schema.safeParse(value, { error: issueMessage }).error?.issues[0]?.message;

describe('what a shape expected is named', () => {
  it.each([
    [z.number(), 'two', 'expected a number, not “two”'],
    [z.number().positive(), -1, 'expected a number above 0, not -1'],
    [z.int(), 1.5, 'expected a whole number, not 1.5'],
    [z.int().min(10), 3, 'expected a number of at least 10, not 3'],
    [z.int().max(10), 30, 'expected at most 10, not 30'],
    [z.string(), 5, 'expected a text, not 5'],
    [z.string(), undefined, 'expected a text; it is missing'],
    [z.string(), null, 'expected a text, not nothing'],
    [z.string().min(1), '', 'expected a text, not an empty one'],
    [z.string().max(3), 'abcd', 'expected at most 3 characters'],
    [z.string().min(3), 'a', 'expected at least 3 characters'],
    [z.boolean(), 'yes', 'expected true or false, not “yes”'],
    [z.array(z.string()), 'a', 'expected a list, not “a”'],
    [z.array(z.string()).min(1), [], 'expected at least one item, not an empty list'],
    [z.record(z.string(), z.string()), ['a'], 'expected names with their values, not a list'],
    [z.strictObject({}), 'a', 'expected names with their values, not “a”'],
    [z.enum(['fifo', 'latest']), 'fif', 'expected fifo or latest, not “fif”; did you mean “fifo”?'],
    [z.enum(['fifo', 'latest']), { a: 1 }, 'expected fifo or latest, not names with their values'],
    [z.enum(['fifo', 'latest']), undefined, 'expected fifo or latest; it is missing'],
  ])('%#', (schema, value, words) => expect(messageOf(schema, value)).toBe(words));

  it('a shape’s own words come first', () => {
    expect(messageOf(z.string('a reason is needed'), undefined)).toBe('a reason is needed');
  });
});
