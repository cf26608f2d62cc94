import type { Route } from './routes.ts';

const served = new WeakMap<object, Route>();

export function registerRoute(handler: object, route: Route): void {
  served.set(handler, route);
}

/** The route that a handler serves; undefined where it serves none of the table. */
export function routeOf(handler: object): Route | undefined {
  return served.get(handler);
}
