import { isOfApi, routes, type Problem } from '@backstay/api-contract';
import { mediaTypes, pathOf, ProblemFilter, type Request } from '@backstay/service-kit/http';
import { Catch } from '@nestjs/common';
import { markup, page } from '../page/html.ts';
import { preferred } from './accepted.ts';

/** Shows a problem as a page where a browser asks for one. */
@Catch()
export class ShownProblems extends ProblemFilter {
  protected override shown(problem: Problem, request: Request): { readonly type: string; readonly text: string } {
    return isForPeople(request) ? { type: mediaTypes.html, text: pageOf(problem) } : super.shown(problem, request);
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
