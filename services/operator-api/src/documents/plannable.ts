import type { DeployRequest } from '@backstay/deployment';
import { parseDocument, planSchema, type Problem } from '@backstay/document';
import { InvalidDocument, type FieldError } from '../http/errors.ts';
import { checked } from '../http/valid.ts';

/** What the request alone can tell to be wrong, before anything is recorded. @throws {InvalidDocument} @throws {InvalidRequest} */
export function demandPlannable({ document, plan }: DeployRequest): void {
  if (plan !== undefined) checked(planSchema, plan, 'body', ['plan']);
  if (document === undefined) return;
  const parsed = parseDocument(document);
  if (!parsed.ok) throw new InvalidDocument(parsed.problems.map(asFieldError));
}

/** A problem of the document with its place there. */
export function asFieldError({ line, column, severity, code, message, suggestion }: Problem): FieldError {
  return { detail: message, line, column, severity, code, ...(suggestion === undefined ? {} : { suggestion }) };
}
