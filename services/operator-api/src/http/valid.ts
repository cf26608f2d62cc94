import { didYouMean, issueMessage, knownKeys } from '@backstay/document';
import type { z } from 'zod';
import { InvalidQuery, InvalidRequest, type FieldError } from './errors.ts';

/** @throws {InvalidRequest} with every problem, each by its JSON pointer into the body. */
export function checked<Output>(schema: z.ZodType<Output>, value: unknown): Output {
  const result = schema.safeParse(value ?? {}, { error: issueMessage });
  if (result.success) return result.data;
  throw new InvalidRequest(
    placed(result.error.issues, schema).map(({ path, detail }) => ({ pointer: pointerTo(path), detail })),
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
  placed(error?.issues ?? [], schema, 'not a query parameter here; there are').map(({ path, detail }) => ({
    parameter: path.map(String).join('.'),
    detail,
  }));

interface Placed {
  readonly path: readonly PropertyKey[];
  readonly detail: string;
}

/** Every issue where it stands: of keys that are not known, each by itself beside those that are. */
function placed(
  issues: readonly z.core.$ZodIssue[],
  schema: z.ZodType,
  unknown = 'not known here; known are',
): Placed[] {
  return issues.flatMap((issue) => {
    const { path, message } = issue;
    if (issue.code !== 'unrecognized_keys') return [{ path, detail: message }];
    const known = knownKeys(schema, path);
    const names = known.length === 0 ? 'none' : known.join(', ');
    return issue.keys.map((key) => ({
      path: [...path, key],
      detail: `“${key}” is ${unknown} ${names}${didYouMean(key, known)}`,
    }));
  });
}

const pointerTo = (path: readonly PropertyKey[]): string =>
  `#${path.map((part) => `/${escaped(String(part))}`).join('')}`;

const escaped = (part: string): string => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'));
