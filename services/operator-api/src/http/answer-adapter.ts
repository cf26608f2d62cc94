import { HttpStatus } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Answer } from './answer.ts';
import { headerOf, type Reply, type Request } from './exchange.ts';

type Replied = Parameters<FastifyAdapter['reply']>[0];

/**
 * Fastify that understands an `Answer`: writes its headers, and says "not modified" to whoever has this very one already. Here and
 * not in an interceptor, because Nest sends every request through a chain of observables as soon as there is one.
 */
export class AnswerAdapter extends FastifyAdapter {
  override reply(response: Replied, body: unknown, statusCode?: number): ReturnType<FastifyAdapter['reply']> {
    if (!(body instanceof Answer)) return super.reply(response, body, statusCode);
    const reply = response as unknown as Reply & { readonly request: Request };
    for (const name in body.headers) reply.header(name, body.headers[name] ?? '');
    if (isHad(reply.request, body.headers['etag'])) return super.reply(response, undefined, HttpStatus.NOT_MODIFIED);
    return super.reply(response, body.body, body.status ?? statusCode);
  }
}

/** `If-None-Match` by weak comparison (RFC 9110). */
function isHad(request: Request, etag: string | undefined): boolean {
  const had = headerOf(request, 'if-none-match');
  if (etag === undefined || had === undefined || request.method !== 'GET') return false;
  return had.trim() === '*' || had.split(',').some((each) => each.trim().replace(/^W\//, '') === etag);
}
