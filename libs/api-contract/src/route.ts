import type { Plan } from '@backstay/document';
import type { z } from 'zod';
import { headerNames } from './headers.ts';
import type { ProblemSlug } from './problems.ts';
import { idempotencyKey, ifNoneMatch, nounOf } from './requests.ts';

export const roles = ['viewer', 'operator', 'approver', 'admin'] as const;
export type Role = (typeof roles)[number];

/** Who may call: anybody, a role, or whoever carries the duty that the request is about. */
export type Access = 'public' | 'duty' | Role;

/** The status of a response when all goes well. */
export const successes = { ok: 200, accepted: 202 } as const;

/** One request and its response, as in a conversation with a running platform. */
export interface Example {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number>>;
  readonly body?: unknown;
  /** JSON, or the text of a response that has no JSON. */
  readonly response: unknown;
}

/** All that server, description and client know of a route. */
export interface Route {
  readonly method: 'GET' | 'POST';
  /** With parameters as in `/v1/deployments/:id`. */
  readonly path: string;
  readonly tag: string;
  readonly access: Access;
  readonly summary: string;
  readonly success: keyof typeof successes;
  /** One entry for each parameter of the path. */
  readonly params?: z.ZodObject;
  /** Absent: the route has no query parameters. */
  readonly query?: z.ZodObject;
  /** Headers beside those that follow from the method and from what is replied. */
  readonly headers?: z.ZodObject;
  /** JSON. */
  readonly body?: z.ZodType;
  /** Whether the body may also be the document itself, as `text/markdown`. */
  readonly takesMarkdown?: boolean;
  /** The JSON of the response; absent: it has none. */
  readonly response?: z.ZodType;
  /** Headers of a success, beside those of its body. */
  readonly responseHeaders?: z.ZodObject;
  /** The media types that the response is available in besides JSON. */
  readonly media?: readonly string[];
  /** The JSON in each `data` of a `text/event-stream`. */
  readonly event?: z.ZodType;
  /** Problems beside those that follow from access, parameters and body. */
  readonly problems?: readonly ProblemSlug[];
  /** Absent on a page for people. */
  readonly example?: Example;
  /** Part of the service itself rather than of its API: absent from the description of the API. */
  readonly hidden?: boolean;
}

export type Contract = Readonly<Record<string, Route>>;

/** The plan has a type of its own, by which others read it. */
type Immutable<T> = T extends Plan
  ? T
  : T extends (infer Item)[]
    ? readonly Immutable<Item>[]
    : T extends object
      ? { readonly [Key in keyof T]: Immutable<T[Key]> }
      : T;

type Empty = Readonly<Record<never, never>>;
type Given<R, Key extends keyof Route> = R extends { readonly [K in Key]: infer Schema extends z.ZodType }
  ? z.input<Schema>
  : undefined;
type Checked<R, Key extends keyof Route> = R extends { readonly [K in Key]: infer Schema extends z.ZodType }
  ? z.output<Schema>
  : Empty;

/** What a caller passes; the parts that the route does not have are left out. */
export type InputOf<R> = ([Given<R, 'params'>] extends [undefined]
  ? Empty
  : { readonly params: Immutable<Given<R, 'params'>> }) &
  ([Given<R, 'query'>] extends [undefined] ? Empty : { readonly query?: Immutable<Given<R, 'query'>> }) &
  ([Given<R, 'body'>] extends [undefined] ? Empty : { readonly body: Immutable<Given<R, 'body'>> });

/** What a handler receives once the request is valid. */
export type ParamsOf<R> = Checked<R, 'params'>;
export type QueryOf<R> = Checked<R, 'query'>;
export type HeadersOf<R> = Checked<R, 'headers'>;
export type BodyOf<R> = Checked<R, 'body'>;

/** The JSON of the response, as a reader sees it. */
export type ResponseOf<R> = R extends { readonly response: infer Schema extends z.ZodType }
  ? Immutable<z.output<Schema>>
  : undefined;

/** The JSON in each event of a stream. */
export type EventOf<R> = R extends { readonly event: infer Schema extends z.ZodType }
  ? Immutable<z.output<Schema>>
  : undefined;

/** The names of the parameters in a path. */
export const namesInPath = (path: string): readonly string[] =>
  [...path.matchAll(/:(\w+)/g)].map(([, name]) => name ?? '');

/** The headers that a request to this route may have. */
export function headersOf({ method, headers, responseHeaders }: Route): Readonly<Record<string, z.core.$ZodType>> {
  return {
    ...(method === 'POST' && { [headerNames.idempotencyKey]: idempotencyKey.optional() }),
    ...(hasVersion({ responseHeaders }) && { [headerNames.ifNoneMatch]: ifNoneMatch.optional() }),
    ...headers?.shape,
  };
}

/** Whether a caller who has the response already gets 304 as long as it still stands. */
export const hasVersion = ({ responseHeaders }: Pick<Route, 'responseHeaders'>): boolean =>
  responseHeaders !== undefined && headerNames.etag in responseHeaders.shape;

export interface Place {
  readonly part: 'params' | 'query';
  readonly name: string;
}

/** Where a request to this route names a deployment; undefined: nowhere. */
export function deploymentIn(route: Route): Place | undefined {
  for (const part of ['params', 'query'] as const)
    for (const [name, schema] of Object.entries(route[part]?.shape ?? {}))
      if (nounOf(schema) === 'deployment') return { part, name };
  return undefined;
}

/** Every kind of problem that a request to this route can get, beside a fault and a platform that is not available. */
export function problemsOf(route: Route): ProblemSlug[] {
  const { method, access, params, response, media, headers, problems: own = [] } = route;
  const isOfDeployment = deploymentIn(route) !== undefined;
  const all: ProblemSlug[] = [
    'invalid-query',
    ...(method === 'GET'
      ? []
      : ([
          'malformed',
          'too-large',
          'unsupported-media-type',
          'invalid-request',
          'key-reused',
          'key-in-flight',
        ] as const)),
    ...(headers === undefined ? [] : (['invalid-request'] as const)),
    ...(access === 'public' ? [] : (['unauthenticated', 'forbidden'] as const)),
    ...(params === undefined && !isOfDeployment ? [] : (['not-found'] as const)),
    ...(isOfDeployment ? (['ambiguous-id'] as const) : []),
    ...(response === undefined || media === undefined ? [] : (['not-acceptable'] as const)),
    ...own,
  ];
  return [...new Set(all)];
}
