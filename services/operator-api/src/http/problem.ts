import { HttpException, HttpStatus } from '@nestjs/common';
import { CommandQueueFull, Rejection, UnknownEvent, VersionConflict } from '@backstay/event-sourcing';
import { AppendQueueFull, InvalidCursor, isTransient } from '@backstay/postgres';
import {
  AmbiguousId,
  Conflict,
  Forbidden,
  InvalidDocument,
  InvalidRequest,
  KeyInFlight,
  KeyReused,
  NotAcceptable,
  NotFound,
  Overloaded,
  Unauthenticated,
  type FieldError,
} from './errors.ts';

/** RFC 9457. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly code?: string;
  readonly errors?: readonly FieldError[];
}

interface Kind {
  readonly slug: string;
  readonly title: string;
  readonly status: HttpStatus;
}

const kind = (slug: string, title: string, status: HttpStatus): Kind => ({ slug, title, status });

const unavailable = kind('unavailable', 'Not possible for the moment', HttpStatus.SERVICE_UNAVAILABLE);
const fault = kind('fault', 'An internal fault', HttpStatus.INTERNAL_SERVER_ERROR);
const notFound = kind('not-found', 'Not found', HttpStatus.NOT_FOUND);
const malformed = kind('malformed', 'The request cannot be read', HttpStatus.BAD_REQUEST);

/** The one place where an error becomes an HTTP status; the first class that fits is taken. */
const kinds: readonly (readonly [abstract new (...parameters: never[]) => Error, Kind])[] = [
  [InvalidDocument, kind('invalid-document', 'The document has problems', HttpStatus.UNPROCESSABLE_ENTITY)],
  [AmbiguousId, kind('ambiguous-id', 'Several deployments begin so', HttpStatus.CONFLICT)],
  [InvalidRequest, kind('invalid-request', 'The request has problems', HttpStatus.UNPROCESSABLE_ENTITY)],
  [InvalidCursor, kind('invalid-cursor', 'Not a cursor of this list', HttpStatus.UNPROCESSABLE_ENTITY)],
  [KeyReused, kind('key-reused', 'The Idempotency-Key belongs to another request', HttpStatus.UNPROCESSABLE_ENTITY)],
  [KeyInFlight, kind('key-in-flight', 'The first request is still being answered', HttpStatus.CONFLICT)],
  [NotFound, notFound],
  [Conflict, kind('conflict', 'Not possible as things stand', HttpStatus.CONFLICT)],
  [Rejection, kind('rejection', 'Refused as things stand', HttpStatus.CONFLICT)],
  [UnknownEvent, kind('unknown-fact', 'Recorded by a newer version', HttpStatus.CONFLICT)],
  [Unauthenticated, kind('unauthenticated', 'Who asks is not known', HttpStatus.UNAUTHORIZED)],
  [Forbidden, kind('forbidden', 'Not allowed', HttpStatus.FORBIDDEN)],
  [NotAcceptable, kind('not-acceptable', 'Not to be had in this form', HttpStatus.NOT_ACCEPTABLE)],
  [Overloaded, unavailable],
  [AppendQueueFull, unavailable],
  [CommandQueueFull, unavailable],
  [VersionConflict, unavailable],
];

/** What the server itself refuses before a handler sees it. */
const refusals: Readonly<Record<number, Kind>> = {
  [HttpStatus.BAD_REQUEST]: malformed,
  [HttpStatus.NOT_FOUND]: notFound,
  [HttpStatus.PAYLOAD_TOO_LARGE]: kind('too-large', 'More than is taken', HttpStatus.PAYLOAD_TOO_LARGE),
  [HttpStatus.UNSUPPORTED_MEDIA_TYPE]: kind(
    'unsupported-media-type',
    'Not a media type that is taken here',
    HttpStatus.UNSUPPORTED_MEDIA_TYPE,
  ),
};

/** Every kind of problem that this API tells. */
export const problemKinds: readonly Kind[] = [
  ...new Set([...kinds.map(([, each]) => each), ...Object.values(refusals), fault]),
];

export const isFault = ({ status }: Problem): boolean => status >= Number(HttpStatus.INTERNAL_SERVER_ERROR);

/** @param instance path of the request, without its query */
export function problemOf(error: unknown, instance: string): Problem {
  const { slug, title, status } = kindOf(error);
  const problem = { type: `/docs#${slug}`, title, status, detail: detailOf(error, status), instance };
  return { ...problem, ...particulars(error) };
}

function kindOf(error: unknown): Kind {
  if (error instanceof Rejection && error.code === 'not-requested') return notFound;
  const known = kinds.find(([type]) => error instanceof type);
  if (known !== undefined) return known[1];
  if (isTransient(error)) return unavailable;
  return refusals[statusIn(error)] ?? fault;
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

// A fault may quote what must not leave this process: it is told to the log alone.
function detailOf(error: unknown, status: HttpStatus): string {
  if (status === HttpStatus.INTERNAL_SERVER_ERROR) return 'it is recorded in the log of the service';
  return error instanceof Error ? error.message : String(error);
}

function particulars(error: unknown): object {
  if (error instanceof InvalidRequest) return { errors: error.errors };
  if (error instanceof Rejection || error instanceof Conflict) return { code: error.code, details: error.details };
  return {};
}
