import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** Returns a body: a string as it is, anything else as JSON, or what the handler wrote itself. */
export type Handler = (request: IncomingMessage & { body: string }, response: ServerResponse) => unknown;

export type LocalServer = { url: string; asked: string[]; close: () => Promise<void> };

/** A real HTTP server on a free loopback port; `routes` are keyed by `METHOD /path`. */
export async function localServer(routes: Record<string, Handler>): Promise<LocalServer> {
  const asked: string[] = [];
  const reply = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const route = `${request.method} ${request.url!.split('?')[0]}`;
    asked.push(`${request.method} ${request.url}`);
    const body = await text(request);
    if (!routes[route]) return void response.writeHead(404).end();
    const content = routes[route](Object.assign(request, { body }), response);
    if (content !== undefined) response.end(typeof content === 'string' ? content : JSON.stringify(content));
  };
  const server = createServer((request, response) => void reply(request, response));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const close = () => {
    server.closeAllConnections();
    return new Promise<void>((done) => void server.close(() => done()));
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, close };
}
