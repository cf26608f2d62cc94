import { issueMessage, jsonPointer, placedIssues } from '@backstay/document';
import type { z } from 'zod';
import { InvalidQuery, InvalidRequest, type FieldError } from './errors.ts';

/** @throws {InvalidRequest} with every problem, each by its JSON pointer into the body. */
export function checked<Output>(schema: z.ZodType<Output>, value: unknown): Output {
  const result = schema.safeParse(value ?? {}, { error: issueMessage });
  if (result.success) return result.data;
  throw new InvalidRequest(
    placedIssues(result.error.issues, schema).map(({ path, message }) => ({
      pointer: pointerTo(path),
      detail: message,
    })),
  );
}

/** @throws {InvalidRequest} that names the header. */
export function checkedHeader<Output>(schema: z.ZodType<Output>, name: string, value: unknown): Output {
  const result = schema.safeParse(value, { error: issueMessage });
  if (result.success) return result.data;
  throw new InvalidRequest(result.error.issues.map(({ message }) => ({ parameter: name, detail: message })));
}

/** Most requests have no query, and what becomes of none is known beforehand. */
const ofNoQuery = new WeakMap<z.ZodObject, Record<string, unknown>>();

/** A query of the caller's own, who may change it. @throws {InvalidQuery} that names each parameter and what is allowed. */
export function checkedQuery(schema: z.ZodObject, query: Record<string, unknown>): Record<string, unknown> {
  const isEmpty = Object.keys(query).length === 0;
  const known = isEmpty ? ofNoQuery.get(schema) : undefined;
  if (known !== undefined) return { ...known };
  const repeated = Object.keys(schema.shape).filter((name) => Array.isArray(query[name]));
  const single = Object.fromEntries(Object.entries(query).filter(([name]) => !repeated.includes(name)));
  const result = schema.safeParse(single, { error: issueMessage });
  const problems = [...repeated.map((name) => givenTwice(name, query[name])), ...queryProblems(result.error, schema)];
  if (problems.length > 0) throw new InvalidQuery(problems);
  const parsed = result.data as Record<string, unknown>;
  if (isEmpty) ofNoQuery.set(schema, { ...parsed });
  return parsed;
}

function givenTwice(parameter: string, values: unknown): FieldError {
  const times = (values as readonly unknown[]).length;
  return { parameter, detail: `“${parameter}” is given ${times === 2 ? 'twice' : `${times} times`}; give it once` };
}

const queryProblems = (error: z.ZodError | undefined, schema: z.ZodObject): FieldError[] =>
  placedIssues(error?.issues ?? [], schema, 'not a query parameter here').map(({ path, message }) => ({
    parameter: path.map(String).join('.'),
    detail: message,
  }));

const pointerTo = (path: readonly PropertyKey[]): string => fragmentOf(jsonPointer(path));

/** A JSON pointer as a URI fragment. */
export const fragmentOf = (pointer: string): string => `#${pointer.split('/').map(encodeURIComponent).join('/')}`;
