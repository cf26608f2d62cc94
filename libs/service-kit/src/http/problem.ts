import { HttpException, HttpStatus } from '@nestjs/common';
import { problems, type Problem, type ProblemSlug } from '@backstay/api-contract';
import { CommandQueueFull, Rejection, UnknownEvent, VersionConflict } from '@backstay/event-sourcing';
import { AppendQueueFull, InvalidCursor, isTransient } from '@backstay/postgres';
import {
  AmbiguousId,
  Conflict,
  Forbidden,
  InvalidDocument,
  InvalidPageCursor,
  InvalidQuery,
  InvalidRequest,
  KeyInFlight,
  KeyReused,
  MethodNotAllowed,
  NoDeployment,
  NotAcceptable,
  NotFound,
  NotReady,
  Overloaded,
  Unauthenticated,
} from './errors.ts';

/** The one place where an error becomes a kind of problem; the first class that fits is taken. */
const kinds: readonly (readonly [abstract new (...parameters: never[]) => Error, ProblemSlug])[] = [
  [InvalidDocument, 'invalid-document'],
  [AmbiguousId, 'ambiguous-id'],
  [InvalidQuery, 'invalid-query'],
  [InvalidRequest, 'invalid-request'],
  [InvalidCursor, 'invalid-cursor'],
  [KeyReused, 'key-reused'],
  [KeyInFlight, 'key-in-flight'],
  [NotFound, 'not-found'],
  [MethodNotAllowed, 'method-not-allowed'],
  [Conflict, 'conflict'],
  [Rejection, 'rejection'],
  [UnknownEvent, 'unknown-fact'],
  [Unauthenticated, 'unauthenticated'],
  [Forbidden, 'forbidden'],
  [NotAcceptable, 'not-acceptable'],
  [NotReady, 'unavailable'],
  [Overloaded, 'unavailable'],
  [AppendQueueFull, 'unavailable'],
  [CommandQueueFull, 'unavailable'],
  [VersionConflict, 'unavailable'],
];

/** What the server itself refuses before a handler sees it. */
const refusals: Readonly<Record<number, ProblemSlug>> = {
  [HttpStatus.BAD_REQUEST]: 'malformed',
  [HttpStatus.NOT_FOUND]: 'not-found',
  [HttpStatus.PAYLOAD_TOO_LARGE]: 'too-large',
  [HttpStatus.UNSUPPORTED_MEDIA_TYPE]: 'unsupported-media-type',
  [HttpStatus.SERVICE_UNAVAILABLE]: 'unavailable',
};

export const isFault = ({ status }: Problem): boolean => status >= Number(HttpStatus.INTERNAL_SERVER_ERROR);

/** @param instance path of the request, without its query */
export function problemOf(error: unknown, instance: string): Problem {
  const slug = kindOf(error);
  const { title, status } = problems[slug];
  const problem = { type: `/docs#${slug}`, title, status, detail: detailOf(error, slug), instance };
  return { ...problem, ...particulars(error) };
}

function kindOf(error: unknown): ProblemSlug {
  if (error instanceof Rejection && error.code === 'not-requested') return 'not-found';
  const known = kinds.find(([type]) => error instanceof type);
  if (known !== undefined) return known[1];
  if (isTransient(error)) return 'unavailable';
  return refusals[statusIn(error)] ?? 'fault';
}

function statusIn(error: unknown): number {
  if (error instanceof HttpException) return error.getStatus();
  const status = typeof error === 'object' && error !== null && 'statusCode' in error ? Number(error.statusCode) : 0;
  return status >= Number(HttpStatus.BAD_REQUEST) && status < Number(HttpStatus.INTERNAL_SERVER_ERROR)
    ? refusals[status] === undefined
      ? Number(HttpStatus.BAD_REQUEST)
      : status
    : 0;
}

// A fault may quote what must not leave this process: only the log has it.
function detailOf(error: unknown, slug: ProblemSlug): string {
  if (slug === 'fault') return 'it is recorded in the log of the service';
  return error instanceof Error ? error.message : String(error);
}

function particulars(error: unknown): object {
  if (error instanceof InvalidRequest) return { errors: error.errors };
  if (error instanceof InvalidCursor) return { errors: [{ parameter: parameterOf(error), detail: error.message }] };
  if (error instanceof NoDeployment) return { code: error.code };
  if (error instanceof Rejection || error instanceof Conflict) return { code: error.code, details: error.details };
  return {};
}

/** A stored view has no other name for it. */
const parameterOf = (error: InvalidCursor): string => (error instanceof InvalidPageCursor ? error.parameter : 'cursor');
