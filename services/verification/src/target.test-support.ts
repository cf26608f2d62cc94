import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Route = (request: IncomingMessage, response: ServerResponse) => unknown;

/** A service on a free loopback port; what is not among the routes responds with 404. Routes may be changed while it runs. */
export async function startTarget(routes: Record<string, Route>) {
  const server = createServer((request, response) => {
    const body = routes[`${request.method} ${request.url}`]?.(request, response);
    if (response.headersSent || response.writableEnded) return;
    if (body === undefined) response.writeHead(404).end();
    else if (body !== null) response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const stop = () => {
    server.closeAllConnections();
    return new Promise<void>((done) => void server.close(() => done()));
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, routes, stop };
}
