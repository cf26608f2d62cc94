import { applyDecorators, HttpCode, RequestMapping, RequestMethod, UseInterceptors } from '@nestjs/common';
import { routes, successes, type Contract, type Route } from '@backstay/api-contract';
import { IdempotencyInterceptor } from './idempotency-interceptor.ts';
import type { InputTo } from './input.ts';
import { registerRoute } from './served-routes.ts';

type Handler<R> = (input: InputTo<R>, ...more: never[]) => unknown;
type HandlerDecorator<R> = <H extends Handler<R>>(
  controller: object,
  name: string | symbol,
  handler: TypedPropertyDescriptor<H>,
) => void;

/** Decorates the handler of a route of the contract, which says how it is reached, by whom, and how it replies. */
export function contractRouteFrom<C extends Contract>(
  contract: C,
): <Name extends keyof C & string>(name: Name) => HandlerDecorator<C[Name]> {
  return (name) => {
    const route = contract[name] as Route;
    return applyDecorators(
      RequestMapping({ path: route.path, method: RequestMethod[route.method] }),
      HttpCode(successes[route.success]),
      (_controller: object, _name: string | symbol, { value }: PropertyDescriptor) =>
        registerRoute(value as object, route),
      ...(route.method === 'POST' ? [UseInterceptors(IdempotencyInterceptor)] : []),
    );
  };
}

export const ContractRoute = contractRouteFrom(routes);
