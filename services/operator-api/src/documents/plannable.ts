import type { DeployRequest } from '@backstay/deployment';
import {
  acceptPlan,
  makePlan,
  parseDocument,
  type Digest,
  type Planned,
  type Problem,
  type ServiceProfile,
} from '@backstay/document';
import { InvalidDocument, type FieldError } from '../http/errors.ts';

/** What a request says of the plan that is to be made. */
export type Wanted = Pick<DeployRequest, 'document' | 'plan' | 'environment' | 'version'>;
export type Plannable = Extract<Planned, { ok: true }>;

/**
 * The plan that the request amounts to without the deployed repository, with all that keeps it from running.
 * @throws {InvalidDocument} with every problem of the document, or of the plan that came instead
 */
export function plannable(
  { document, plan, environment, version }: Wanted,
  digest: Digest,
  profile?: ServiceProfile,
): Plannable {
  if (document === undefined) return planFromJson(plan, digest, profile);
  const parsed = parseDocument(document);
  if (!parsed.ok) throw new InvalidDocument(parsed.problems.map(inDocument));
  const chosen = environment ?? onlyOne(parsed.document.scope.environments);
  const planned = makePlan(parsed.document, { environment: chosen, version, profile, digest });
  if (!planned.ok) throw new InvalidDocument([...parsed.warnings, ...planned.problems].map(inDocument));
  return { ...planned, warnings: [...parsed.warnings, ...planned.warnings] };
}

function planFromJson(plan: unknown, digest: Digest, profile?: ServiceProfile): Plannable {
  const accepted = acceptPlan(plan, digest, profile);
  if (accepted.ok) return accepted;
  throw new InvalidDocument(accepted.problems.map(inPlan));
}

const onlyOne = (environments: readonly string[]): string | undefined =>
  environments.length === 1 ? environments[0] : undefined;

/** A problem with its place in the document. */
function inDocument({ line, column, severity, code, message, suggestion }: Problem): FieldError {
  return { detail: message, line, column, severity, code, ...(suggestion === undefined ? {} : { suggestion }) };
}

/** A problem of a plan names its place as a JSON pointer, ahead of what is wrong. */
function inPlan({ message, code }: Problem): FieldError {
  const [, pointer = '', detail = message] = /^(\/\S*): (.*)$/s.exec(message) ?? [];
  return { detail, pointer: `#/plan${pointer === '/' ? '' : pointer}`, code };
}
