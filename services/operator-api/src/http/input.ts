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
import { InvalidQuery, InvalidRequest, NotFound } from './errors.ts';
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

/** JSON says everything itself; Markdown is the document, and the query says the rest. What would be ignored is refused. */
function bodyOf(route: Route | undefined, body: unknown, query: object): object {
  if (route?.body === undefined) return demandNone(body);
  if (route.takesMarkdown !== true) return checked(route.body, body) as object;
  if (typeof body === 'string') return checked(route.body, { document: checked(markdown, body), ...query }) as object;
  const [parameter] = Object.keys(query);
  if (parameter !== undefined)
    throw new InvalidQuery([
      { parameter, detail: `“${parameter}” belongs to a body in Markdown; with JSON write it into the body` },
    ]);
  return checked(route.body, body) as object;
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
