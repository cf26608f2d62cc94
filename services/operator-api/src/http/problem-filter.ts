import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { mediaTypes } from './answer.ts';
import { Unauthenticated } from './errors.ts';
import type { Reply, Request } from './exchange.ts';
import { isFault, problemOf } from './problem.ts';
import { secure } from './security.ts';

interface FaultLog {
  error(details: object, message: string): void;
}

/** Answers every error with `application/problem+json`. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  readonly #log: FaultLog;

  constructor(log: FaultLog) {
    this.#log = log;
  }

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const { method, url } = http.getRequest<Request>();
    const reply = http.getResponse<Reply>();
    const problem = problemOf(error, pathOf(url));
    if (isFault(problem))
      this.#log.error({ err: error, method, path: problem.instance }, 'a request could not be answered');
    if (error instanceof Unauthenticated) reply.header('www-authenticate', 'Bearer, Basic realm="Backstay"');
    if (reply.raw.headersSent) {
      reply.raw.destroy();
      return;
    }
    reply.code(problem.status).header('content-type', mediaTypes.problem).send(JSON.stringify(problem));
  }
}

/** For what fails before any route is found, such as a URL that cannot be decoded. */
export function tellProblem(error: Error, request: Request, reply: Reply): void {
  const problem = problemOf(error, pathOf(request.url));
  secure(request, reply);
  reply.code(problem.status).header('content-type', mediaTypes.problem).send(JSON.stringify(problem));
}

export const pathOf = (url: string): string => url.split('?', 1)[0] ?? '/';
