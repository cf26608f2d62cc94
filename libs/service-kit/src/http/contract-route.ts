import { applyDecorators, HttpCode, RequestMapping, RequestMethod } from '@nestjs/common';
import { successes, type Contract, type ResponseOf, type Route, type Routes } from '@backstay/api-contract';
import type { z } from 'zod';
import type { HttpReply, OtherMedia, StoredJson } from './http-reply.ts';
import type { InputTo } from './input.ts';
import { registerRoute } from './served-routes.ts';

/** JSON as the contract has it, bare or with headers. What a POST replies is stored for its repetition, and is never text already. */
type Json<R> = R extends { readonly response: z.ZodType }
  ? ResponseOf<R> | HttpReply<ResponseOf<R>> | (R extends { readonly method: 'GET' } ? HttpReply<StoredJson> : never)
  : never;
type Media<R> = R extends { readonly media: readonly string[] } ? HttpReply<OtherMedia> : never;
/** A stream writes to the response itself. */
type Stream<R> = R extends { readonly event: z.ZodType } ? void : never;

type Replied<R> = Json<R> | Media<R> | Stream<R>;
/** What the handler of a route may reply. */
export type ReplyTo<Name extends keyof Routes> = Replied<Routes[Name]>;

type Handler<R> = (input: InputTo<R>, ...more: never[]) => Replied<R> | Promise<Replied<R>>;
type HandlerDecorator<R> = <H extends Handler<R>>(
  controller: object,
  name: string | symbol,
  handler: TypedPropertyDescriptor<H>,
) => void;

/**
 * Decorates the handler of a route of the contract, which says how it is reached, by whom, and how it replies.
 * @param more what else a service decorates its handlers with
 */
export function contractRouteFrom<C extends Contract>(
  contract: C,
  more: (route: Route) => readonly MethodDecorator[] = () => [],
): <Name extends keyof C & string>(name: Name) => HandlerDecorator<C[Name]> {
  return (name) => {
    const route = contract[name] as Route;
    return applyDecorators(
      RequestMapping({ path: route.path, method: RequestMethod[route.method] }),
      HttpCode(successes[route.success]),
      (_controller: object, _name: string | symbol, { value }: PropertyDescriptor) =>
        registerRoute(value as object, route),
      ...more(route),
    );
  };
}
