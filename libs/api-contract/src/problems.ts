import { z } from 'zod';
import { headerNames } from './headers.ts';
import { open } from './responses/open.ts';

export interface ProblemKind {
  readonly title: string;
  readonly status: number;
  /** A header of its response, with what it says. */
  readonly header?: { readonly name: string; readonly description: string };
}

/** Every kind of problem that the API reports. The key is the last part of the problem's `type`. */
export const problems = {
  'invalid-document': { title: 'The document has problems', status: 422 },
  'ambiguous-id': { title: 'Several deployments have an id that begins like this', status: 409 },
  'invalid-request': { title: 'The request has problems', status: 422 },
  'invalid-query': { title: 'The query has problems', status: 400 },
  'invalid-cursor': { title: 'Not a cursor of this list', status: 400 },
  'key-reused': { title: 'The Idempotency-Key belongs to another request', status: 422 },
  'key-in-flight': { title: 'The first request is still in progress', status: 409 },
  'not-found': { title: 'Not found', status: 404 },
  'method-not-allowed': {
    title: 'Not a method of this path',
    status: 405,
    header: { name: headerNames.allow, description: 'the methods of this path' },
  },
  conflict: { title: 'Not possible as things stand', status: 409 },
  rejection: { title: 'Refused as things stand', status: 409 },
  'unknown-fact': { title: 'Recorded by a newer version', status: 409 },
  unauthenticated: {
    title: 'The caller is not known',
    status: 401,
    header: { name: headerNames.authenticate, description: 'how a caller shows who they are' },
  },
  forbidden: { title: 'Not allowed', status: 403 },
  'not-acceptable': { title: 'Not available in this form', status: 406 },
  unavailable: {
    title: 'Not possible for the moment',
    status: 503,
    header: { name: headerNames.retryAfter, description: 'after how many seconds to try again' },
  },
  malformed: { title: 'The request cannot be read', status: 400 },
  'too-large': { title: 'The request is too large', status: 413 },
  'unsupported-media-type': { title: 'The media type is not supported here', status: 415 },
  fault: { title: 'An internal fault', status: 500 },
} as const satisfies Readonly<Record<string, ProblemKind>>;

export type ProblemSlug = keyof typeof problems;

/** One thing that is wrong with a request: in its body (JSON pointer), in a parameter, or in a line of its document. */
const fieldError = open({
  detail: z.string(),
  pointer: z.string().optional().describe('RFC 6901 pointer into the body, as a URI fragment'),
  parameter: z.string().optional().describe('name of the query, path or header parameter'),
  file: z.string().optional().describe('another file than the document, in which the line stands'),
  line: z.int().optional(),
  column: z.int().optional(),
  code: z.string().optional(),
  severity: z.enum(['error', 'warning']).optional(),
  suggestion: z.string().optional(),
});
export type FieldError = Readonly<z.output<typeof fieldError>>;

/** RFC 9457. */
export const problemSchema = open({
  type: z.string().describe('`/docs#` and the kind'),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  instance: z.string().describe('the path of the request'),
  code: z
    .string()
    .optional()
    .describe('names the case within its kind; with not-found `not-requested`: there is no such deployment'),
  errors: z.array(fieldError).optional(),
}).meta({ id: 'Problem' });
export type Problem = Readonly<z.output<typeof problemSchema>>;
