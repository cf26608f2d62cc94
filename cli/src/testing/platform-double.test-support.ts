import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { eventually } from '@backstay/local-platform/testing';

export interface Asked {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** By method and path without query: `GET /v1/deployments`. A function sees the request, and how often it came before. */
export type Routes = Readonly<Record<string, Reply | ((asked: Asked, before: number) => Reply) | typeof eventStream>>;

/** Stands at `GET /v1/events/stream` where there is one, which is open until the test ends it. */
export const eventStream = Symbol('the stream of events');

export interface PlatformDouble {
  readonly url: string;
  readonly asked: readonly Asked[];
  /** Sends server-sent events to everybody who listens. */
  send(...events: readonly { readonly cursor: string }[]): void;
  /** Ends every stream, as a restart does. */
  hangUp(): void;
  /** @throws when nobody does after five seconds */
  untilSomebodyListens(): Promise<void>;
  /** @throws when somebody still does after five seconds */
  untilNobodyListens(): Promise<void>;
  close(): Promise<void>;
}

/** A real HTTP server that returns what the platform's interface documents, from a table. */
export async function startPlatformDouble(routes: Routes): Promise<PlatformDouble> {
  const asked: Asked[] = [];
  const listeners = new Set<ServerResponse>();
  const server = createServer((request, response) => void respond(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    send: (...events) => {
      const frames = events.map((event) => `id: ${event.cursor}\ndata: ${JSON.stringify(event)}\n\n`).join('');
      listeners.forEach((listener) => listener.write(frames));
    },
    hangUp: () => {
      listeners.forEach((listener) => listener.end());
      listeners.clear();
    },
    untilSomebodyListens: async () => void (await eventually(() => listeners.size > 0, 'somebody listens')),
    untilNobodyListens: async () => void (await eventually(() => listeners.size === 0, 'nobody listens')),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = request;
    const route = `${method} ${url.split('?')[0]}`;
    const body = await text(request);
    const before = asked.filter((each) => `${each.method} ${each.url.split('?')[0]}` === route).length;
    const one = { method, url, headers, body: body === '' ? undefined : (JSON.parse(body) as unknown) };
    asked.push(one);
    const found = routes[route] ?? notFound;
    if (found === eventStream) return listen(response);
    send(response, typeof found === 'function' ? found(one, before) : found);
  }

  function listen(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write('retry: 1000\n\n');
    listeners.add(response);
    response.on('close', () => listeners.delete(response));
  }
}

export const problem = (status: number, title: string, more: object = {}): Reply => ({
  status,
  headers: { 'content-type': 'application/problem+json' },
  body: { title, status, ...more },
});

const notFound = problem(404, 'Not found', { type: '/docs#not-found', detail: 'there is nothing' });

function send(response: ServerResponse, { status = 200, headers = {}, body }: Reply): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(body));
}

/** Uses a double and closes it. */
export async function withPlatform<T>(routes: Routes, use: (platform: PlatformDouble) => Promise<T>): Promise<T> {
  const platform = await startPlatformDouble(routes);
  try {
    return await use(platform);
  } finally {
    await platform.close();
  }
}
