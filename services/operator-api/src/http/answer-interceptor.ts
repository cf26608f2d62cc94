import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { HttpStatus } from '@nestjs/common';
import { map, type Observable } from 'rxjs';
import { asAnswer } from './answer.ts';
import { headerOf, type Reply, type Request } from './exchange.ts';

/** Writes the headers of an answer, and says "not modified" to whoever has this very one already. */
export class AnswerInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    const reply = http.getResponse<Reply>();
    return next.handle().pipe(
      map((value: unknown) => {
        const { body, headers, status } = asAnswer(value);
        for (const [name, content] of Object.entries(headers)) reply.header(name, content);
        if (status !== undefined) reply.code(status);
        if (!isHad(http.getRequest<Request>(), headers['etag'])) return body;
        reply.code(HttpStatus.NOT_MODIFIED);
        return undefined;
      }),
    );
  }
}

/** `If-None-Match` by weak comparison (RFC 9110). */
function isHad(request: Request, etag: string | undefined): boolean {
  const had = headerOf(request, 'if-none-match');
  if (etag === undefined || had === undefined || request.method !== 'GET') return false;
  return had.trim() === '*' || had.split(',').some((each) => each.trim().replace(/^W\//, '') === etag);
}
