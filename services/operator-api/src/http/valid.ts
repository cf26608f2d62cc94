import { issueMessage } from '@backstay/document';
import type { z } from 'zod';
import { InvalidQuery, InvalidRequest, type FieldError } from './errors.ts';

/** @throws {InvalidRequest} with every problem, each by its JSON pointer into the body. */
export function checked<Output>(schema: z.ZodType<Output>, value: unknown): Output {
  const result = schema.safeParse(value ?? {}, { error: issueMessage });
  if (result.success) return result.data;
  throw new InvalidRequest(
    result.error.issues.map(({ path, message }) => ({ pointer: pointerTo(path), detail: message })),
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

/** @throws {InvalidQuery} that names what is allowed. */
export function checkedQuery(schema: z.ZodObject, query: Record<string, unknown>): Record<string, unknown> {
  const isEmpty = Object.keys(query).length === 0;
  const known = isEmpty ? ofNoQuery.get(schema) : undefined;
  if (known !== undefined) return { ...known };
  const result = schema.safeParse(query, { error: issueMessage });
  if (!result.success) throw new InvalidQuery(result.error.issues.flatMap((issue) => problemsOf(issue, schema)));
  if (isEmpty) ofNoQuery.set(schema, result.data);
  return result.data;
}

function problemsOf(issue: z.core.$ZodIssue, schema: z.ZodObject): FieldError[] {
  if (issue.code !== 'unrecognized_keys')
    return [{ parameter: issue.path.map(String).join('.'), detail: issue.message }];
  const names = Object.keys(schema.shape);
  const allowed = names.length === 0 ? 'there are none here' : `there are ${names.join(', ')}`;
  return issue.keys.map((key) => ({ parameter: key, detail: `“${key}” is not a query parameter here; ${allowed}` }));
}

const pointerTo = (path: readonly PropertyKey[]): string =>
  `#${path.map((part) => `/${escaped(String(part))}`).join('')}`;

const escaped = (part: string): string => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'));
