import { InvalidCursor } from '@backstay/postgres';
import type { z } from 'zod';

/** A cursor that only this service reads: what the next page has to know of the one before. */
export const cursorOf = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** @throws {InvalidCursor} */
export function readCursor<Value>(schema: z.ZodType<Value>, cursor: string): Value {
  try {
    return schema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
  } catch {
    throw new InvalidCursor('expected `next` of the page before');
  }
}
