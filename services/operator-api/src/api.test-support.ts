import { hasVersion, headerNames, problems, problemsOf, routes, successes, type Route } from '@backstay/api-contract';
import { eventually, stopTestParts, testDatabase } from '@backstay/local-platform/testing';
import {
  listening,
  openRuntime,
  platformOf,
  readSettings,
  type Platform,
  type RunningService,
} from '@backstay/service-kit';
import { linkHash, type RecordedEvent, type Upcast } from '@backstay/event-sourcing';
import { createApp } from './operator-api.ts';
import { projections } from './operator.module.ts';

export interface TestApi {
  readonly platform: Platform;
  readonly service: RunningService;
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<Response>;
  /** A POST with the body as it stands. */
  send(path: string, request: Pick<RequestInit, 'body' | 'headers'>): Promise<Response>;
  /** Records streams, or what comes next in them, linked by the platform's own hashes, and waits until the read models have them. */
  record(...streams: readonly (readonly RecordedEvent[])[]): Promise<void>;
  close(): Promise<void>;
}

/** The service on a database of its own, without a bus. */
export async function startTestApi(settings: Record<string, string> = {}, upcast?: Upcast): Promise<TestApi> {
  const { url } = await testDatabase();
  const name = 'operator-api';
  const runtime = await openRuntime(
    name,
    readSettings({
      BACKSTAY_POSTGRES_URL: url,
      BACKSTAY_NATS_URL: 'nats://127.0.0.1:1',
      BACKSTAY_NATS_AUTH: 'none',
      BACKSTAY_HTTP_PORT: '0',
      BACKSTAY_LOG_LEVEL: 'silent',
      ...settings,
    }),
    upcast,
  );
  const platform = platformOf(runtime, name);
  const service = await createApp(platform)
    .then((app) => listening(app, 0))
    .catch(async (error: unknown) => {
      await runtime.close();
      throw error;
    });
  return {
    platform,
    service,
    get: async (path, headers = {}) => asContract('GET', path, await fetch(service.url + path, { headers })),
    post: async (path, body, headers = {}) =>
      asContract('POST', path, await fetch(service.url + path, postOf(body, headers))),
    send: async (path, request) =>
      asContract('POST', path, await fetch(service.url + path, { method: 'POST', ...request })),
    record: (...streams) => record(platform, streams),
    close: async () => {
      await service.close();
      await runtime.close();
      await stopTestParts();
    },
  };
}

async function record(
  { store, views, ids, digest }: Platform,
  streams: readonly (readonly RecordedEvent[])[],
): Promise<void> {
  for (const events of streams) {
    const [first] = events;
    if (first !== undefined)
      await store.append({
        stream: first.stream,
        expectedVersion: first.version - 1,
        commandId: ids(),
        events: linked(events, (await store.read(first.stream)).at(-1)?.hash, digest),
      });
  }
  // What was appended last is seen only when every older transaction has ended, also one of another test's database.
  const last = streams.flatMap((events) => events.at(-1)?.id ?? []);
  await eventually(async () => {
    const all = await store.readAll(null, 10_000);
    const checkpoints = await Promise.all(projections.map(({ name }) => views.checkpoint(name)));
    const isVisible = last.every((id) => all.some((event) => event.id === id));
    return isVisible && checkpoints.every((each) => each === all.at(-1)?.cursor);
  }, 'every projection has read what was recorded');
}

function linked(events: readonly RecordedEvent[], before = '', digest: Platform['digest']): RecordedEvent[] {
  let hash = before;
  return events.map((event) => ({ ...event, hash: (hash = linkHash(hash, event, digest)) }));
}

/** Whatever the service replies to a test is what the contract describes. */
async function asContract(method: Route['method'], path: string, response: Response): Promise<Response> {
  const [place = ''] = path.split('?');
  const all = Object.values<Route>(routes).filter((route) => route.method === method);
  const route = all.find((each) => new RegExp(`^${each.path.replaceAll(/:\w+/g, '[^/]+')}$`).test(place));
  const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
  if (route === undefined) return response;
  if (response.ok && isJson) route.response?.parse(await response.clone().json());
  if (response.ok) demandDescribedHeaders(route, response.headers);
  if (!statusesOf(route).has(response.status))
    throw new Error(`${method} ${path} replies ${response.status}, which its description does not have`);
  return response;
}

/** A success, or a problem that the description has. */
const statusesOf = (route: Route): ReadonlySet<number> =>
  new Set([
    successes[route.success],
    ...(hasVersion(route) ? [304] : []),
    ...[...problemsOf(route), 'unavailable' as const, 'fault' as const].map((slug) => problems[slug].status),
  ]);

function demandDescribedHeaders({ path, responseHeaders }: Route, headers: Headers): void {
  const own = Object.values(headerNames).filter((name) => headers.has(name));
  const described = responseHeaders?.shape ?? {};
  const unknown = own.filter((name) => !Object.hasOwn(described, name));
  if (unknown.length > 0) throw new Error(`${path} replies ${unknown.join(', ')}, which its description does not have`);
  responseHeaders?.parse(Object.fromEntries(own.map((name) => [name, headers.get(name)])));
}

function postOf(body: unknown, headers: Record<string, string>): RequestInit {
  if (body === undefined) return { method: 'POST', headers };
  const type = typeof body === 'string' ? 'text/markdown' : 'application/json';
  return {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers: { 'content-type': type, ...headers },
  };
}

export async function jsonOf(response: Response | Promise<Response>): Promise<Record<string, never>> {
  return (await (await response).json()) as Record<string, never>;
}
