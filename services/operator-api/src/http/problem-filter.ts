import { Catch, NotFoundException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { headerNames, isOfApi, methodsOf, problems, routes, type Problem } from '@backstay/api-contract';
import { preferred } from './accepted.ts';
import { mediaTypes } from './http-reply.ts';
import { MethodNotAllowed, Unauthenticated } from './errors.ts';
import type { Reply, Request } from './exchange.ts';
import { markup, page } from '../page/html.ts';
import { isFault, problemOf } from './problem.ts';
import { secure } from './security.ts';

/** What is not possible for the moment is a full queue or a restart. */
const retryAfterSeconds = '1';

interface FaultLog {
  error(details: object, message: string): void;
}

/** Answers every error with `application/problem+json`, or with a page where a browser asks for one. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  readonly #log: FaultLog;

  constructor(log: FaultLog) {
    this.#log = log;
  }

  catch(caught: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const { method, url } = http.getRequest<Request>();
    const error = caught instanceof NotFoundException ? (wrongMethod(method, url) ?? caught) : caught;
    const reply = http.getResponse<Reply>();
    const problem = problemOf(error, pathOf(url));
    if (isFault(problem))
      this.#log.error({ err: error, method, path: problem.instance }, 'a request could not be answered');
    if (error instanceof Unauthenticated) reply.header(headerNames.authenticate, 'Bearer, Basic realm="Backstay"');
    if (error instanceof MethodNotAllowed) reply.header(headerNames.allow, error.allowed);
    if (problem.status === problems.unavailable.status) reply.header(headerNames.retryAfter, retryAfterSeconds);
    if (reply.raw.headersSent) {
      reply.raw.destroy();
      return;
    }
    const isShown = isForPeople(http.getRequest<Request>());
    const [type, text] = isShown ? [mediaTypes.html, pageOf(problem)] : [mediaTypes.problem, JSON.stringify(problem)];
    reply.code(problem.status).header('content-type', type).send(text);
  }
}

/** Whether a browser shows the reply, in place of a page: the API replies in one way, whoever asks. */
function isForPeople({ method, url, headers }: Request): boolean {
  const isPage = method === 'GET' && !isOfApi(pathOf(url));
  return isPage && preferred(headers.accept, [mediaTypes.problem, mediaTypes.html]) === mediaTypes.html;
}

function pageOf({ title, detail }: Problem): string {
  const body = markup`<h1>${title}</h1>
<p>${detail}</p>
<p><a href="${routes.listPage.path}">All deployments</a></p>`;
  return page({ title, body });
}

/** The router answers "not found" also where the path has other methods; undefined: the path itself is unknown. */
function wrongMethod(method: string, url: string): MethodNotAllowed | undefined {
  const allowed = methodsOf(routes, pathOf(url));
  return allowed.length === 0 ? undefined : new MethodNotAllowed(method, allowed);
}

/** For what fails before any route is found, such as a URL that cannot be decoded. */
export function sendProblem(error: Error, request: Request, reply: Reply): void {
  const problem = problemOf(error, pathOf(request.url));
  secure(request, reply);
  reply.code(problem.status).header('content-type', mediaTypes.problem).send(JSON.stringify(problem));
}

export const pathOf = (url: string): string => url.split('?', 1)[0] ?? '/';
