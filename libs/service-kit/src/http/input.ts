import { createParamDecorator, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import {
  headersOf,
  markdown,
  noQuery,
  nounOf,
  type BodyOf,
  type HeadersOf,
  type ParamsOf,
  type QueryOf,
  type Route,
  type Routes,
} from '@backstay/api-contract';
import type { z } from 'zod';
import { headerOf, type Request } from './exchange.ts';
import { InvalidQuery, InvalidRequest, NoDeployment, NotFound } from './errors.ts';
import { routeOf } from './served-routes.ts';
import { checked, checkedHeader, checkedQuery } from './valid.ts';

/** What the handler of a route receives, as the contract describes it. */
export interface InputTo<R> {
  readonly params: ParamsOf<R>;
  readonly query: QueryOf<R>;
  readonly headers: HeadersOf<R>;
  readonly body: BodyOf<R>;
}
export type InputOf<Name extends keyof Routes> = InputTo<Routes[Name]>;

/** The request as its route describes it. @throws {InvalidRequest} with every problem of the body */
export const Input = createParamDecorator((_: unknown, context: ExecutionContext): InputTo<unknown> => {
  const request = context.switchToHttp().getRequest<Request>();
  const { params, query } = request;
  const route = routeOf(context.getHandler());
  return { params, query, headers: ownHeaders(route, request), body: bodyOf(route, request) };
});

/** JSON says everything itself; Markdown is the document, and the query says the rest. What would be ignored is refused. */
function bodyOf(route: Route | undefined, request: Request): object {
  const { body, query } = request;
  if (route?.body === undefined) return demandNone(body);
  if (route.takesMarkdown !== true) return checked(route.body, body) as object;
  if (isMarkdown(request)) return checked(route.body, { document: checked(markdown, body), ...query }) as object;
  const [parameter] = Object.keys(query);
  if (parameter !== undefined)
    throw new InvalidQuery([
      { parameter, detail: `“${parameter}” belongs to a body in Markdown; with JSON write it into the body` },
    ]);
  return checked(route.body, body) as object;
}

/** A text in JSON is no document: only its media type says what a body is. */
const isMarkdown = (request: Request): boolean => /^text\/markdown\b/i.test(headerOf(request, 'content-type') ?? '');

/** What was checked before, by the names that the route has for it. */
function ownHeaders(route: Route | undefined, request: Request): object {
  const names = Object.keys(route?.headers?.shape ?? {});
  return Object.fromEntries(names.map((name) => [name, headerOf(request, name.toLowerCase())]));
}

/** @throws {InvalidRequest} where a body was sent that nobody would read */
function demandNone(body: unknown): object {
  const isEmpty = body === undefined || body === null || body === '' || JSON.stringify(body) === '{}';
  if (!isEmpty) throw new InvalidRequest([{ pointer: '#', detail: 'this request takes no body; send none' }]);
  return {};
}

/** Lets through only parameters that the contract has. The body is checked later, where a repeated request is known as one. */
@Injectable()
export class ValidParameters implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const route = routeOf(context.getHandler());
    const request = context.switchToHttp().getRequest<Request>();
    if (route?.params !== undefined) demandNames(route.params, request.params);
    demandDecodable(request.url);
    for (const [name, schema] of Object.entries(route === undefined ? {} : headersOf(route)))
      checkedHeader(schema as z.ZodType, name, headerOf(request, name.toLowerCase()));
    request.query = checkedQuery(route?.query ?? noQuery, request.query);
    return true;
  }
}

/** What is not a name can be the name of nothing. @throws {NotFound} */
function demandNames(schema: z.ZodObject, params: Readonly<Record<string, string>>): void {
  const name = schema.safeParse(params).error?.issues[0]?.path[0];
  if (name === undefined) return;
  const noun = nounOf(schema.shape[String(name)]) ?? String(name);
  const given = params[String(name)] ?? '';
  throw noun === 'deployment' ? new NoDeployment(given) : new NotFound(`there is no ${noun} ${given}`);
}

/** The server takes what it cannot decode as it stands. @throws {InvalidQuery} */
function demandDecodable(url: string): void {
  const at = url.indexOf('?');
  if (at < 0 || !url.includes('%', at)) return;
  const problems = url
    .slice(at + 1)
    .split('&')
    .filter((part) => !isDecodable(part))
    .map((part) => ({ parameter: part.split('=', 1)[0] ?? '', detail: `“${part}” is not percent-encoded UTF-8` }));
  if (problems.length > 0) throw new InvalidQuery(problems);
}

function isDecodable(part: string): boolean {
  try {
    decodeURIComponent(part);
    return true;
  } catch {
    return false;
  }
}
