import { HttpStatus } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { HttpReply } from './http-reply.ts';
import { headerOf, type Reply, type Request } from './exchange.ts';
import { sendProblem } from './problem-filter.ts';

/** Of the server's own options, those that services set. */
interface Options {
  readonly bodyLimit?: number;
  readonly routerOptions?: { readonly maxParamLength: number };
  readonly forceCloseConnections?: boolean;
  readonly frameworkErrors?: (error: Error, request: object, reply: object) => void;
}

type To = Parameters<FastifyAdapter['reply']>[0];
type Replied = ReturnType<FastifyAdapter['reply']>;

/**
 * Fastify that understands an `HttpReply`: writes its headers, and says "not modified" to whoever has this very one already. Here and
 * not in an interceptor, because Nest sends every request through a chain of observables as soon as there is one.
 */
export class ReplyAdapter extends FastifyAdapter {
  constructor(options: Options = {}) {
    super({ frameworkErrors, ...options });
  }

  override reply(response: To, body: unknown, statusCode?: number): Replied {
    if (!(body instanceof HttpReply)) return super.reply(response, body, statusCode);
    const reply = response as unknown as Reply & { readonly request: Request };
    const { headers, status = statusCode } = body;
    for (const name in headers) reply.header(name, headers[name] ?? '');
    if (status !== undefined) reply.code(status);
    const output = isHad(reply.request, headers['etag'])
      ? reply.code(HttpStatus.NOT_MODIFIED).send()
      : reply.send(body.body);
    return output as unknown as Replied;
  }
}

// By the names that both have: the server's own types depend on a kind of reply that is not known here.
const frameworkErrors = (error: Error, request: object, reply: object): void =>
  sendProblem(error, request as Request, reply as Reply);

/** `If-None-Match` by weak comparison (RFC 9110). */
function isHad(request: Request, etag: string | undefined): boolean {
  const had = headerOf(request, 'if-none-match');
  if (etag === undefined || had === undefined || request.method !== 'GET') return false;
  return had.trim() === '*' || had.split(',').some((each) => each.trim().replace(/^W\//, '') === etag);
}
