import { methodsOf, problems, routes, type ProblemSlug } from '@backstay/api-contract';
import { Catch, NotFoundException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';

interface Reply {
  code(status: number): Reply;
  header(name: string, value: string): Reply;
  send(body: string): void;
}

const { live, ready, metrics } = routes;

/** What a phase service replies where it serves nothing: as the API does, a problem, with the methods of a path that has others. */
@Catch(NotFoundException)
export class NotServed implements ExceptionFilter<NotFoundException> {
  catch(_: NotFoundException, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const { method, url } = http.getRequest<{ method: string; url: string }>();
    const path = url.split('?', 1)[0]!;
    const methods = methodsOf({ live, ready, metrics }, path).join(', ');
    const slug: ProblemSlug = methods === '' ? 'not-found' : 'method-not-allowed';
    const { title, status } = problems[slug];
    const detail = methods === '' ? `nothing is served at ${path}` : `${path} has ${methods}, not ${method}`;
    const reply = http.getResponse<Reply>();
    if (methods !== '') reply.header('allow', methods);
    reply.code(status).header('content-type', 'application/problem+json');
    reply.send(JSON.stringify({ type: `/docs#${slug}`, title, status, detail, instance: path }));
  }
}
