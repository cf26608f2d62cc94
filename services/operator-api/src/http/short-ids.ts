import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { deploymentSummary, publicSummary, type SummaryRow } from '@backstay/projections';
import type { ViewStore } from '@backstay/postgres';
import type { Observable } from 'rxjs';
import { AmbiguousId } from './errors.ts';
import type { Request } from './exchange.ts';
import type { Route } from './routes.ts';
import { routeOf } from './serves.ts';

/** At least six characters of an id, and not all of it. */
const beginning = /^[0-9a-f][0-9a-f-]{5,34}$/i;
const shownAtMost = 10;

/** Wherever a deployment is named, its id may be cut short as long as it is still the id of one alone. */
export class ShortIds implements NestInterceptor {
  readonly #views: ViewStore;

  constructor(views: ViewStore) {
    this.#views = views;
  }

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const route = routeOf(context.getHandler());
    const request = context.switchToHttp().getRequest<Request>();
    for (const [values, name] of placesOf(route, request)) {
      const given = values[name];
      if (given !== undefined && beginning.test(given)) values[name] = await this.#whole(given.toLowerCase());
    }
    return next.handle();
  }

  /** What is the beginning of no id stays as it is: whoever looks for it tells that there is none. @throws {AmbiguousId} */
  async #whole(given: string): Promise<string> {
    const { rows } = await this.#views.list<SummaryRow>(deploymentSummary.name, {
      keyBegins: given,
      sort: 'requestedAt',
      limit: shownAtMost + 1,
    });
    const [only, ...others] = rows;
    if (only === undefined || rows.some(({ key }) => key === given)) return given;
    if (others.length === 0) return only.key;
    throw new AmbiguousId(rows.slice(0, shownAtMost).map(({ body }) => ({ parameter: 'id', detail: candidate(body) })));
  }
}

function placesOf(route: Route | undefined, { params, query }: Request): [Record<string, string>, string][] {
  if (route === undefined) return [];
  if (route.path === '/v1/events/stream') return [[query, 'deployment']];
  return /^\/(v1\/deployments|d)\/:id/.test(route.path) ? [[params, 'id']] : [];
}

function candidate(row: SummaryRow): string {
  const { id, service, version, environment, status } = publicSummary(row);
  return [id, service, version, environment, status].filter((part) => part !== null).join('  ');
}
