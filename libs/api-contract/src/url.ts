import { namesInPath, type Contract, type InputOf, type Route } from './route.ts';

/** A request as a client sends it, without origin and credentials. */
export interface PreparedRequest {
  readonly method: Route['method'];
  /** Path and query. */
  readonly url: string;
  /** JSON text; absent: there is none. */
  readonly body?: string;
}

type Query = Readonly<Record<string, string | number | undefined>>;

interface Input {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Query;
  readonly body?: unknown;
}

/** What a client sends to a route. @throws {TypeError} when a parameter of the path is missing */
export function requestTo<C extends Contract, Name extends keyof C & string>(
  contract: C,
  name: Name,
  input: InputOf<C[Name]>,
): PreparedRequest {
  const route = contract[name] as Route;
  const { body } = input as Input;
  return {
    method: route.method,
    url: urlOf(route, input),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  };
}

/** Path and query of a route, as a link has them. @throws {TypeError} when a parameter of the path is missing */
export function urlOf<R extends Route>({ path }: R, input: Omit<InputOf<R>, 'body'>): string {
  const { params = {}, query = {} } = input as Input;
  return pathWith(path, params) + queryText(query);
}

/** Whether a path belongs to the API, known or not, rather than to the pages for people. */
export const isOfApi = (path: string): boolean => path.startsWith('/v1/');

function pathWith(path: string, params: Readonly<Record<string, string>>): string {
  return namesInPath(path).reduce((filled, name) => {
    const value = params[name];
    if (value === undefined) throw new TypeError(`${path} needs the parameter ${name}`);
    return filled.replace(`:${name}`, () => encodeURIComponent(value));
  }, path);
}

function queryText(query: Query): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value));
  return search.size === 0 ? '' : `?${search.toString()}`;
}

/** The methods under which a path is served; empty: the contract does not have the path. */
export function methodsOf(contract: Contract, path: string): readonly string[] {
  const fitting = Object.values(contract).filter((route) => patternOf(route.path).test(path));
  const methods = new Set(fitting.map(({ method }) => method));
  return [...methods].flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])).sort();
}

const patternOf = (path: string): RegExp =>
  new RegExp(`^${path.replaceAll(/[.]/g, '\\.').replaceAll(/:\w+/g, '[^/]+')}$`);
