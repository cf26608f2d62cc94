import { measurementsStream } from '@backstay/deployment';
import {
  acceptanceCriteria,
  eventsAsOf,
  procedureHistory,
  type AcceptanceCriteria,
  type ProcedureEntry,
  type ProcedureRow,
} from '@backstay/projections';
import type { Platform } from '@backstay/service-kit';
import { momentOf, type History } from './deployments.ts';

/** How far back other deployments of a service are looked at. */
const entriesAtMost = 1000;

/** Acceptance criteria, computed from what is recorded: of this deployment, and of others of its service. */
export class Criteria {
  readonly #platform: Pick<Platform, 'store' | 'views' | 'now'>;

  constructor(platform: Pick<Platform, 'store' | 'views' | 'now'>) {
    this.#platform = platform;
  }

  /** @param asOf what `history` ends with, where that is not now */
  async asOf(history: History, asOf: string | undefined): Promise<AcceptanceCriteria> {
    const plan = history.findLast((event) => event.type === 'PlanDrafted')?.data.plan;
    if (plan === undefined) return { criteria: [] };
    const moment = asOf === undefined ? this.#platform.now() : momentOf(asOf, history);
    const others = await this.#entriesOf(plan.service);
    const known = others.filter(({ at }) => Date.parse(at) <= Date.parse(moment));
    return acceptanceCriteria(history, known, moment, eventsAsOf(await this.#measurementsOf(history), moment));
  }

  async #entriesOf(service: string): Promise<readonly ProcedureEntry[]> {
    const query = { where: { service }, sort: 'at', limit: entriesAtMost };
    const { rows } = await this.#platform.views.list<ProcedureRow>(procedureHistory.name, query);
    return rows.map(({ body }) => body);
  }

  async #measurementsOf(history: History) {
    const id = history[0]?.correlation;
    return id === undefined ? [] : this.#platform.store.read(measurementsStream(id));
  }
}
