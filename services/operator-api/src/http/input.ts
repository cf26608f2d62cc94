import { createParamDecorator, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import {
  markdown,
  noQuery,
  type BodyOf,
  type ParamsOf,
  type QueryOf,
  type Route,
  type Routes,
} from '@backstay/api-contract';
import type { Request } from './exchange.ts';
import { NotFound } from './errors.ts';
import { routeOf } from './served-routes.ts';
import { checked, checkedQuery } from './valid.ts';

/** What the handler of a route receives, as the contract describes it. */
export interface InputTo<R> {
  readonly params: ParamsOf<R>;
  readonly query: QueryOf<R>;
  readonly body: BodyOf<R>;
}
export type InputOf<Name extends keyof Routes> = InputTo<Routes[Name]>;

/** The request as its route describes it. @throws {InvalidRequest} with every problem of the body */
export const Input = createParamDecorator((_: unknown, context: ExecutionContext): InputTo<unknown> => {
  const { params, query, body } = context.switchToHttp().getRequest<Request>();
  return { params, query, body: bodyOf(routeOf(context.getHandler()), body, query) };
});

/** JSON says everything itself; Markdown is the document, and the query says the rest. */
function bodyOf(route: Route | undefined, body: unknown, query: object): object {
  if (route?.body === undefined) return {};
  const isMarkdown = route.takesMarkdown === true && typeof body === 'string';
  return checked(route.body, isMarkdown ? { document: checked(markdown, body), ...query } : body) as object;
}

/** Lets through only parameters that the contract has. The body is checked later, where a repeated request is known as one. */
@Injectable()
export class ValidParameters implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const route = routeOf(context.getHandler());
    const request = context.switchToHttp().getRequest<Request>();
    if (route?.params !== undefined) demandNames(route.params.safeParse(request.params), request.params);
    request.query = checkedQuery(route?.query ?? noQuery, request.query);
    return true;
  }
}

type Parsed = ReturnType<NonNullable<Route['params']>['safeParse']>;

/** What is not a name can be the name of nothing. @throws {NotFound} */
function demandNames({ error }: Parsed, params: Readonly<Record<string, string>>): void {
  const name = error?.issues[0]?.path[0];
  if (name !== undefined)
    throw new NotFound(`there is no ${nouns[String(name)] ?? String(name)} ${params[String(name)]}`);
}

const nouns: Readonly<Record<string, string>> = { id: 'deployment', name: 'projection', evidence: 'event' };
