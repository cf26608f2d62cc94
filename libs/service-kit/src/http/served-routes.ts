import type { Route } from '@backstay/api-contract';

const served = new WeakMap<object, Route>();

export function registerRoute(handler: object, route: Route): void {
  served.set(handler, route);
}

/** The route that a handler serves; undefined where the contract has none for it. */
export function routeOf(handler: object): Route | undefined {
  return served.get(handler);
}
