import { Catch, NotFoundException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { headerNames, methodsOf, problems, type Contract, type Problem } from '@backstay/api-contract';
import { mediaTypes } from './http-reply.ts';
import { MethodNotAllowed, NotFound, NotReady, Unauthenticated } from './errors.ts';
import type { Reply, Request } from './exchange.ts';
import { isFault, problemOf } from './problem.ts';

/** What is not possible for the moment is a full queue or a restart. */
const retryAfterSeconds = '1';

interface FaultLog {
  error(details: object, message: string): void;
}

/** Replies to every error with `application/problem+json`. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  readonly #served: Contract;
  readonly #log: FaultLog;

  /** @param served by this service: a path of these has the methods that it has */
  constructor(served: Contract, log: FaultLog) {
    this.#served = served;
    this.#log = log;
  }

  catch(caught: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<Request>();
    const { method, url } = request;
    const error = caught instanceof NotFoundException ? this.#notServed(method, pathOf(url)) : caught;
    const reply = http.getResponse<Reply>();
    const problem = problemOf(error, pathOf(url));
    if (isFault(problem) && !(error instanceof NotReady))
      this.#log.error({ err: error, method, path: problem.instance }, 'a request failed');
    if (error instanceof Unauthenticated) reply.header(headerNames.authenticate, 'Bearer, Basic realm="Backstay"');
    if (error instanceof MethodNotAllowed) reply.header(headerNames.allow, error.allowed);
    if (problem.status === problems.unavailable.status) reply.header(headerNames.retryAfter, retryAfterSeconds);
    if (reply.raw.headersSent) {
      reply.raw.destroy();
      return;
    }
    const { type, text } = this.shown(problem, request);
    reply.code(problem.status).header('content-type', type).send(text);
  }

  /** How a problem is shown to whoever asked. */
  protected shown(problem: Problem, _request: Request): { readonly type: string; readonly text: string } {
    return { type: mediaTypes.problem, text: JSON.stringify(problem) };
  }

  /** The router reports "not found" also where the path has other methods. */
  #notServed(method: string, path: string): Error {
    const allowed = methodsOf(this.#served, path);
    return allowed.length === 0 ? new NotFound(`nothing is served at ${path}`) : new MethodNotAllowed(method, allowed);
  }
}

/** For what fails before any route is found, such as a URL that cannot be decoded. */
export function sendProblem(error: Error, request: Request, reply: Reply): void {
  const problem = problemOf(error, pathOf(request.url));
  reply.code(problem.status).header('content-type', mediaTypes.problem).send(JSON.stringify(problem));
}

export const pathOf = (url: string): string => url.split('?', 1)[0] ?? '/';
