import type { z } from 'zod';
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
 * @param unknown says what an unknown key is, before the list of the known ones
 */
export function placedIssues(
  issues: readonly z.core.$ZodIssue[],
  schema: z.ZodType,
  unknown = 'not known here; known are',
): PlacedIssue[] {
  return issues.flatMap((issue): PlacedIssue[] => {
    const { code, path, message } = issue;
    if (code !== 'unrecognized_keys') return [{ path, code, message }];
    const known = knownKeys(schema, path);
    const names = known.length === 0 ? 'none' : known.join(', ');
    return issue.keys.map((key) => ({
      path: [...path, key],
      code,
      message: `“${key}” is ${unknown} ${names}${didYouMean(key, known)}`,
    }));
  });
}
