import { describe, expect, it } from 'vitest';
import { routes } from './routes.ts';
import { namesInPath, type Route } from './route.ts';
import { isOfApi, methodsOf, requestTo, urlOf } from './url.ts';

const table = Object.entries<Route>(routes);
const inApi = table.filter(([, { hidden }]) => hidden !== true);

describe('the contract', () => {
  it.each(table)('has a schema for each parameter in the path of %s', (_, { path, params }) => {
    expect(Object.keys(params?.shape ?? {})).toEqual(namesInPath(path));
  });

  it.each(inApi)('has an example of %s that its own schemas accept', (_, route) => {
    const { params, query, body, response, media, example } = route;
    expect(example).toBeDefined();
    expect(params?.safeParse(example?.params).error).toBeUndefined();
    expect(query?.safeParse(example?.query ?? {}).error).toBeUndefined();
    expect(body?.safeParse(example?.body).error).toBeUndefined();
    expect(response?.safeParse(example?.response).error).toBeUndefined();
    expect(response !== undefined || media !== undefined).toBe(true);
  });

  it('has an example of the live stream whose data is an event', () => {
    const [, data = ''] = /^data: (.*)$/m.exec(routes.streamEvents.example.response) ?? [];
    expect(routes.streamEvents.event.safeParse(JSON.parse(data)).error).toBeUndefined();
  });

  it('serves no method and path under two names', () => {
    const places = table.map(([, { method, path }]) => `${method} ${path.replaceAll(/:\w+/g, ':')}`);
    expect(new Set(places).size).toBe(places.length);
  });
});

describe('a request to a route', () => {
  it('has its parameters in path and query, each escaped, and its body as JSON', () => {
    const input = { params: { id: 'a/b', step: 'deploy.1' }, body: { outcome: 'retry', reason: 'again' } } as const;
    expect(requestTo(routes, 'resolveStep', input)).toEqual({
      method: 'POST',
      url: '/v1/deployments/a%2Fb/steps/deploy.1/resolve',
      body: '{"outcome":"retry","reason":"again"}',
    });
    expect(requestTo(routes, 'listDeployments', { query: { service: 'a b', status: undefined, limit: 2 } }).url).toBe(
      '/v1/deployments?service=a+b&limit=2',
    );
  });
});

describe('the address of a route', () => {
  const id = 'a/b';

  it('has its parameters, each escaped', () => {
    expect(urlOf(routes.getPlan, { params: { id }, query: { asOf: '2' } })).toBe('/v1/deployments/a%2Fb/plan?asOf=2');
    expect(urlOf(routes.listPage, {})).toBe('/');
  });

  it('is of the API or of its pages', () => {
    expect([isOfApi(urlOf(routes.getPlan, { params: { id } })), isOfApi(routes.listPage.path)]).toEqual([true, false]);
  });

  it.each(table)('of %s is not known while a parameter of it is missing', (_, route) => {
    const [name] = namesInPath(route.path);
    if (name === undefined) expect(urlOf(route, {})).toBe(route.path);
    else expect(() => urlOf(route, {})).toThrow(`needs the parameter ${name}`);
  });
});

describe('the methods of a path', () => {
  it.each([
    ['/v1/deployments', ['GET', 'HEAD', 'POST']],
    ['/v1/deployments/d1/cancel', ['POST']],
    ['/', ['GET', 'HEAD']],
    ['/openapi-json', []],
    ['/v1/nowhere', []],
  ])('%s are %j', (path, methods) => {
    expect(methodsOf(routes, path)).toEqual(methods);
  });
});
