import type { FieldError } from '@backstay/api-contract';
import { InvalidCursor } from '@backstay/postgres';

export type { FieldError };

/** The request does not have the form that its route asks for. */
export class InvalidRequest extends Error {
  override readonly name = 'InvalidRequest';
  readonly errors: readonly FieldError[];

  constructor(errors: readonly FieldError[]) {
    super(messageOf(errors));
    this.errors = errors;
  }
}

function messageOf(errors: readonly FieldError[]): string {
  const first = errors[0]?.detail ?? 'the request cannot be taken';
  return errors.length > 1 ? `${errors.length} problems; the first: ${first}` : first;
}

/** The query has parameters or values that its route does not have. */
export class InvalidQuery extends InvalidRequest {
  readonly kind = 'query';
}

/** A parameter carries what this list never gave as a cursor. */
export class InvalidPageCursor extends InvalidCursor {
  readonly parameter: string;

  constructor(parameter: string) {
    super('expected `next` of the page before');
    this.parameter = parameter;
  }
}

/** The document cannot be planned; every problem is reported at once and nothing was recorded. */
export class InvalidDocument extends InvalidRequest {
  readonly kind = 'document';
}

/** There is no such thing, or nothing that this caller may know of: both respond alike. */
export class NotFound extends Error {
  override readonly name: string = 'NotFound';
}

/** The same of a deployment, which a program may want to know apart: as the aggregate calls it. */
export class NoDeployment extends NotFound {
  override readonly name = 'NoDeployment';
  readonly code = 'not-requested';

  constructor(id: string) {
    super(`there is no deployment ${id}`);
  }
}

/** The path exists and is not served under this method. */
export class MethodNotAllowed extends Error {
  override readonly name = 'MethodNotAllowed';
  readonly allowed: string;

  constructor(method: string, allowed: readonly string[]) {
    super(`${method} is not a method of this path; allowed: ${allowed.join(', ')}`);
    this.allowed = allowed.join(', ');
  }
}

/** The beginning of an id is that of several deployments, which the error lists. */
export class AmbiguousId extends InvalidRequest {
  constructor(candidates: readonly FieldError[]) {
    super(candidates);
    this.message = 'this is the beginning of the ids of several deployments; write more of it';
  }
}

/** Understood, and not possible as things stand. */
export class Conflict extends Error {
  override readonly name = 'Conflict';
  readonly code: string;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: string, message: string, details: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

export class Unauthenticated extends Error {
  override readonly name = 'Unauthenticated';
}

export class Forbidden extends Error {
  override readonly name = 'Forbidden';
}

/** The same `Idempotency-Key` came before with another request. */
export class KeyReused extends Error {
  override readonly name = 'KeyReused';

  constructor() {
    super('this Idempotency-Key came before with another request');
  }
}

/** The first request with this `Idempotency-Key` is still in progress. */
export class KeyInFlight extends Error {
  override readonly name = 'KeyInFlight';

  constructor() {
    super('the first request with this Idempotency-Key is still in progress');
  }
}

/** A bound of this process is reached; later it may go. */
export class Overloaded extends Error {
  override readonly name = 'Overloaded';
}

/** Not for the moment, which lasts: whoever finds out logs when it begins and ends, not each request that meets it. */
export class NotReady extends Error {
  override readonly name = 'NotReady';
}

/** None of the media types in `Accept` is available. */
export class NotAcceptable extends Error {
  override readonly name = 'NotAcceptable';
}
