import { problems, routes, type Route } from '@backstay/api-contract';
import { Controller } from '@nestjs/common';
import { HttpReply, mediaTypes, type ReplyTo } from '@backstay/service-kit/http';
import { ContractRoute } from '../http/contract-route.ts';
import { markup, page } from '../page/html.ts';
import { describeApi } from './describe.ts';

/** The API's description, for programs and for people. */
@Controller()
export class OpenApiController {
  #description: string | undefined;

  @ContractRoute('openApi')
  openApi(): ReplyTo<'openApi'> {
    // Made for who asks first: it takes longer than all else at the start of the service.
    this.#description ??= JSON.stringify(describeApi());
    return HttpReply.media(mediaTypes.json, this.#description);
  }

  @ContractRoute('docs')
  docs(): ReplyTo<'docs'> {
    const shown = Object.entries<Route>(routes).filter(([, { hidden }]) => hidden !== true);
    const body = markup`<h1>The HTTP API of Backstay</h1>
      <p>Described in full by <a href="${routes.openApi.path}">openapi.json</a> (OpenAPI 3.1).</p>
      <table>
        <thead><tr><th>Route</th><th>Reply</th><th>Who</th></tr></thead>
        <tbody>${shown.map(([, route]) => routeRow(route))}</tbody>
      </table>
      <h2>Problems</h2>
      <table>
        <thead><tr><th>Type</th><th>Status</th><th>Meaning</th></tr></thead>
        <tbody>${Object.entries(problems).map(([slug, { status, title }]) => markup`<tr id="${slug}"><td><code>/docs#${slug}</code></td><td>${status}</td><td>${title}</td></tr>`)}</tbody>
      </table>`;
    return HttpReply.media(mediaTypes.html, page({ title: 'The HTTP API', body }));
  }
}

const routeRow = ({ method, path, summary, access }: Route) =>
  markup`<tr><td><code>${method} ${path}</code></td><td>${summary}</td><td>${access}</td></tr>`;
