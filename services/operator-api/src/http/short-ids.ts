import { deploymentIn } from '@backstay/api-contract';
import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { deploymentSummary, publicSummary, type SummaryRow } from '@backstay/projections';
import { ViewStore } from '@backstay/postgres';
import { AmbiguousId, type Request, routeOf } from '@backstay/service-kit/http';

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
    const route = routeOf(context.getHandler());
    const place = route && deploymentIn(route);
    if (place === undefined) return true;
    const values: Record<string, unknown> = request[place.part];
    const given = values[place.name];
    return typeof given !== 'string' || !beginning.test(given) || this.#complete(values, place.name, given);
  }

  async #complete(values: Record<string, unknown>, name: string, given: string): Promise<true> {
    values[name] = await this.#fullId(given.toLowerCase(), name);
    return true;
  }

  /** What is the beginning of no id stays as it is: whoever looks for it reports that there is none. @throws {AmbiguousId} */
  async #fullId(given: string, parameter: string): Promise<string> {
    const wanted = { keyBegins: given, limit: shownAtMost + 1 };
    const { rows } = await this.#views.list<SummaryRow>(deploymentSummary.name, wanted);
    const [only, ...others] = rows;
    if (only === undefined || rows.some(({ key }) => key === given)) return given;
    if (others.length === 0) return only.key;
    throw new AmbiguousId(rows.slice(0, shownAtMost).map(({ body }) => ({ parameter, detail: candidate(body) })));
  }
}

function candidate(row: SummaryRow): string {
  const { id, service, version, environment, status } = publicSummary(row);
  return [id, service, version, environment, status].filter((part) => part !== null).join('  ');
}
