import type { DeployRequest } from '@backstay/deployment';
import {
  acceptPlan,
  makePlan,
  parseDocument,
  type Digest,
  type PlanContext,
  type Planned,
  type Problem,
} from '@backstay/document';
import { type FieldError, InvalidDocument, InvalidRequest } from '@backstay/service-kit/http';

/** What a request says of the plan that is to be made. */
export type Wanted = Pick<DeployRequest, 'document' | 'plan' | 'environment' | 'version'>;
/** What is known in addition to the request. */
export type KnownToo = Pick<PlanContext, 'profile' | 'profiles' | 'bindings' | 'commit'>;
export type Plannable = Extract<Planned, { ok: true }>;

/**
 * The plan that follows from the request and its context, and everything that blocks it.
 * @throws {InvalidDocument} with every problem of the document, or of the plan that came instead
 */
export function plannable(
  { document, plan, environment, version }: Wanted,
  digest: Digest,
  known: KnownToo = {},
): Plannable {
  if (document === undefined) return planFromJson(plan, digest, known);
  const parsed = parseDocument(document);
  if (!parsed.ok) throw new InvalidDocument(parsed.problems.map(inDocument));
  const chosen = environment ?? onlyOne(parsed.document.scope.environments);
  const planned = makePlan(parsed.document, { environment: chosen, version, ...known, digest });
  if (!planned.ok) throw refusalOf([...parsed.warnings, ...planned.problems]);
  return { ...planned, warnings: [...parsed.warnings, ...planned.warnings] };
}

/** What a request is about, as far as the request alone says. */
export interface Subject {
  readonly service: string;
  readonly environment: string;
  readonly repository: string | undefined;
  /** The commit where a plan names one, else branch or tag. */
  readonly ref: string | undefined;
}

/** @throws {InvalidDocument} where it is not clear what the request is about. */
export function subjectOf(wanted: Wanted, digest: Digest): Subject {
  const parsed = wanted.document === undefined ? undefined : parseDocument(wanted.document);
  if (!parsed?.ok) {
    const { service, environment, repository, ref, commit } = plannable(wanted, digest).plan;
    return { service, environment, repository, ref: commit ?? ref };
  }
  const { name: service, environments, repository, ref } = parsed.document.scope;
  const environment = wanted.environment ?? onlyOne(environments);
  // What bindings will say may be missing from the plan; whether the environment is one of the document's is not theirs to say.
  if (environment === undefined || !environments.includes(environment))
    return { service, environment: plannable(wanted, digest).plan.environment, repository, ref };
  return { service, environment, repository, ref };
}

function planFromJson(plan: unknown, digest: Digest, { profile }: KnownToo): Plannable {
  const accepted = acceptPlan(plan, digest, profile);
  if (accepted.ok) return accepted;
  throw new InvalidDocument(accepted.problems.map(inPlan));
}

const onlyOne = (environments: readonly string[]): string | undefined =>
  environments.length === 1 ? environments[0] : undefined;

/** Where no line of the document is wrong, it is the request that has the problems. */
function refusalOf(problems: readonly Problem[]): InvalidRequest {
  const isOfRequest = problems.every(({ of, severity }) => of === 'request' || severity === 'warning');
  return isOfRequest
    ? new InvalidRequest(problems.filter(({ of }) => of === 'request').map(inDocument))
    : new InvalidDocument(problems.map(inDocument));
}

const fieldsOfRequest: Readonly<Record<string, string>> = { 'version-mismatch': '#/version' };

/** A problem with its place in the document, or in the request. */
function inDocument({ line, column, severity, code, message, suggestion, of }: Problem): FieldError {
  if (of === 'request') return { detail: message, pointer: fieldsOfRequest[code] ?? '#/environment', severity, code };
  return { detail: message, line, column, severity, code, ...(suggestion === undefined ? {} : { suggestion }) };
}

/** A problem of a plan names its place as a JSON pointer, which its message repeats. */
function inPlan({ message, code, pointer = '' }: Problem): FieldError {
  const detail = message.startsWith(`${pointer}: `) ? message.slice(pointer.length + 2) : message;
  return { detail, pointer: `#/plan${pointer === '/' ? '' : pointer}`, code };
}
