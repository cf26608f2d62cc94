import type { PipeTransform } from '@nestjs/common';
import { inWords } from '@backstay/document';
import type { z } from 'zod';
import { InvalidRequest, type FieldError } from './errors.ts';

/** Where the value stands in the request: its problems are told by JSON pointer or by parameter name. */
export type Place = 'body' | 'parameter';

/** A pipe that lets through what the schema accepts. @throws {InvalidRequest} with every problem. */
export function valid<Output>(schema: z.ZodType<Output>, place: Place = 'body'): PipeTransform<unknown, Output> {
  const ofNothing = schema.safeParse({});
  const isUsual = ofNothing.success && place === 'parameter';
  return {
    transform: (value) => (isUsual && isEmpty(value) ? ofNothing.data : checked(schema, value, place)),
  };
}

/** Most requests have no query, and what becomes of none is known beforehand. */
function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

/** @param at path of the value in the request @throws {InvalidRequest} with every problem. */
export function checked<Output>(
  schema: z.ZodType<Output>,
  value: unknown,
  place: Place = 'body',
  at: readonly string[] = [],
): Output {
  const result = schema.safeParse(value ?? (place === 'body' ? {} : value), { error: inWords });
  if (result.success) return result.data;
  throw new InvalidRequest(
    result.error.issues.map(({ path, message }) => fieldError([...at, ...path], message, place)),
  );
}

function fieldError(path: readonly PropertyKey[], message: string, place: Place): FieldError {
  if (place === 'parameter') return { parameter: path.map(String).join('.'), detail: message };
  return { pointer: `#${path.map((part) => `/${escaped(String(part))}`).join('')}`, detail: message };
}

const escaped = (part: string): string => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'));
