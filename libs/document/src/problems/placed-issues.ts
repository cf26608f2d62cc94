import type { z } from 'zod';
import { expectedOneOf } from './expected.ts';
import { knownKeys } from './known-keys.ts';
import { didYouMean } from './nearest.ts';

/** One thing that a schema refuses, at its path in the value. */
export interface PlacedIssue {
  readonly path: readonly PropertyKey[];
  readonly code: string;
  readonly message: string;
}

/**
 * Every issue at its place; of keys that are not known, each by itself beside those that are.
 * @param unknown what an unknown key is not
 */
export function placedIssues(
  issues: readonly z.core.$ZodIssue[],
  schema: z.ZodType,
  unknown = 'not known here',
): PlacedIssue[] {
  return issues.flatMap((issue): PlacedIssue[] => {
    const { code, path, message } = issue;
    if (code !== 'unrecognized_keys') return [{ path, code, message }];
    const known = knownKeys(schema, path);
    return issue.keys.map((key) => ({
      path: [...path, key],
      code,
      message: `“${key}” is ${unknown}; ${expectedOneOf(known)}${didYouMean(key, known)}`,
    }));
  });
}
