import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { startSpan, type OpenSpan } from '@backstay/service-kit';
import { headerOf } from '@backstay/service-kit/http';

/** Queries begin no trace, for those who follow a deployment ask every second; a stream stays open for hours. */
const isTraced = (method: string, route: string, traceparent: string | undefined): boolean =>
  !route.endsWith('/stream') && (traceparent !== undefined || (method !== 'GET' && method !== 'HEAD'));

/** A request is a span in the trace of its caller, under which its handler runs. */
export function traceRequests(app: NestFastifyApplication): void {
  const server = app.getHttpAdapter().getInstance();
  const spans = new WeakMap<object, OpenSpan>();
  server.addHook('onRequest', (request, _reply, done) => {
    const { method, url } = request;
    const { url: route = 'none' } = request.routeOptions;
    const parent = headerOf(request, 'traceparent');
    if (isTraced(method, route, parent)) {
      const span = startSpan({
        name: `${method} ${route}`,
        kind: 'server',
        parent,
        attributes: {
          'http.request.method': method,
          'http.route': route,
          'url.path': url.split('?', 1)[0],
          'url.scheme': 'http',
        },
      });
      spans.set(request, span);
    }
    done();
  });
  // Not before the body is read: what its end calls knows nothing of who began to read it.
  server.addHook('preHandler', (request, _reply, done) => {
    const span = spans.get(request);
    if (span === undefined) done();
    else span.run(done);
  });
  server.addHook('onResponse', (request, { statusCode }, done) => {
    spans.get(request)?.end({
      attributes: { 'http.response.status_code': statusCode },
      ...(statusCode >= 500 && { error: String(statusCode) }),
    });
    done();
  });
}
