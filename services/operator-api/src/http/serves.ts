import { applyDecorators, HttpCode, RequestMapping, RequestMethod, UseInterceptors } from '@nestjs/common';
import { IdempotencyInterceptor } from './idempotency-interceptor.ts';
import { registerRoute } from './served-routes.ts';
import { routes, type Route, type RouteName } from './routes.ts';
import { successes } from './statuses.ts';

/** The handler of a route of the table, which says how it is reached, by whom, and how it answers. */
export function Serves(name: RouteName): MethodDecorator {
  const route: Route = routes[name];
  return applyDecorators(
    RequestMapping({ path: route.path, method: RequestMethod[route.method] }),
    HttpCode(successes[route.success]),
    (_controller: object, _name: string | symbol, { value }: PropertyDescriptor) =>
      registerRoute(value as object, route),
    ...(route.method === 'POST' ? [UseInterceptors(IdempotencyInterceptor)] : []),
  );
}
