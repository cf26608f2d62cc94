import type { z } from 'zod';
import { InvalidPageCursor } from '@backstay/service-kit/http';

/** A cursor that only this service reads: what the next page has to know of the one before. */
export const cursorOf = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** @param parameter that carries the cursor. @throws {InvalidPageCursor} */
export function readCursor<Value>(schema: z.ZodType<Value>, cursor: string, parameter: 'cursor' | 'after'): Value {
  const bytes = Buffer.from(cursor, 'base64url');
  // What is no base64 in it would be passed over.
  if (bytes.toString('base64url') !== cursor) throw new InvalidPageCursor(parameter);
  try {
    return schema.parse(JSON.parse(bytes.toString('utf8')));
  } catch {
    throw new InvalidPageCursor(parameter);
  }
}
