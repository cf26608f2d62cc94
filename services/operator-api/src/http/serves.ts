import { applyDecorators, HttpCode, RequestMapping, RequestMethod, SetMetadata } from '@nestjs/common';
import { routes, type Route, type RouteName } from './routes.ts';
import { successes } from './statuses.ts';

const metadataKey = 'backstay:route';

/** The handler of a route of the table, which says how it is reached, by whom, and how it answers. */
export function Serves(name: RouteName): MethodDecorator {
  const route: Route = routes[name];
  return applyDecorators(
    RequestMapping({ path: route.path, method: RequestMethod[route.method] }),
    HttpCode(successes[route.success]),
    SetMetadata(metadataKey, route),
  );
}

/** The route that a handler serves; undefined where it serves none of the table. */
export function routeOf(handler: object): Route | undefined {
  return Reflect.getMetadata(metadataKey, handler) as Route | undefined;
}
