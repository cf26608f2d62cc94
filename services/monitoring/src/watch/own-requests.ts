import type { FlowOptions } from '@backstay/checks';
import type { Plan } from '@backstay/document';

type Fetch = FlowOptions['fetch'];

/** Requests of Backstay that the watched service counts among those of its users: one to another host is none of them. */
export class OwnRequests {
  readonly #origin: string | null;
  #count = 0;

  constructor({ baseUrl }: Pick<Plan, 'baseUrl'>) {
    this.#origin = baseUrl === null ? null : new URL(baseUrl).origin;
  }

  /** The same fetch, counted. */
  of(fetch: Fetch): Fetch {
    return (url, request) => {
      this.#count += this.#mayReachService(url) ? 1 : 0;
      return fetch(url, request);
    };
  }

  /** How many there were since this was last asked. */
  take(): number {
    const count = this.#count;
    this.#count = 0;
    return count;
  }

  /** Where no base URL says which host is the service, each may be: a service must not pass on what was asked of it here. */
  #mayReachService(url: string): boolean {
    return this.#origin === null || (URL.canParse(url) && new URL(url).origin === this.#origin);
  }
}
