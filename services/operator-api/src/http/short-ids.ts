import type { Route } from '@backstay/api-contract';
import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { deploymentSummary, publicSummary, type SummaryRow } from '@backstay/projections';
import { ViewStore } from '@backstay/postgres';
import { AmbiguousId } from './errors.ts';
import type { Request } from './exchange.ts';
import { routeOf } from './served-routes.ts';

/** At least six characters of an id, and not all of it. */
const beginning = /^[0-9a-f][0-9a-f-]{5,34}$/i;
const shownAtMost = 10;

/**
 * Wherever a deployment is named, its id may be cut short as long as it is still the id of one alone. A guard, so that it comes
 * after the one that asks who may do this.
 */
@Injectable()
export class ShortIds implements CanActivate {
  readonly #views: ViewStore;

  constructor(views: ViewStore) {
    this.#views = views;
  }

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const request = context.switchToHttp().getRequest<Request>();
    const place = placeOf(routeOf(context.getHandler()), request);
    const given = place?.values[place.name];
    return place === null || typeof given !== 'string' || !beginning.test(given) || this.#complete(place, given);
  }

  async #complete({ values, name }: Place, given: string): Promise<true> {
    values[name] = await this.#whole(given.toLowerCase());
    return true;
  }

  /** What is the beginning of no id stays as it is: whoever looks for it reports that there is none. @throws {AmbiguousId} */
  async #whole(given: string): Promise<string> {
    const wanted = { keyBegins: given, limit: shownAtMost + 1 };
    const { rows } = await this.#views.list<SummaryRow>(deploymentSummary.name, wanted);
    const [only, ...others] = rows;
    if (only === undefined || rows.some(({ key }) => key === given)) return given;
    if (others.length === 0) return only.key;
    throw new AmbiguousId(rows.slice(0, shownAtMost).map(({ body }) => ({ parameter: 'id', detail: candidate(body) })));
  }
}

interface Place {
  readonly values: Record<string, unknown>;
  readonly name: string;
}

/** Where a request to this route names a deployment. */
function placeOf(route: Route | undefined, { params, query }: Request): Place | null {
  if (route === undefined) return null;
  if (route.path === '/v1/events/stream') return { values: query, name: 'deployment' };
  const isOfOne = route.path.startsWith('/v1/deployments/:id') || route.path.startsWith('/d/:id');
  return isOfOne ? { values: params, name: 'id' } : null;
}

function candidate(row: SummaryRow): string {
  const { id, service, version, environment, status } = publicSummary(row);
  return [id, service, version, environment, status].filter((part) => part !== null).join('  ');
}
