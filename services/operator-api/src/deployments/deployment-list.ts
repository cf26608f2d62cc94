import { deploymentSummary, publicSummary, type SummaryRow } from '@backstay/projections';
import type { ViewStore } from '@backstay/postgres';
import type { z } from 'zod';
import type { deploymentsQuery } from '../http/inputs.ts';
import { withTakenBack, type KnownSince } from './taken-back.ts';

export type DeploymentsQuery = z.infer<typeof deploymentsQuery>;

export interface DeploymentPage {
  readonly deployments: readonly KnownSince[];
  readonly next: string | null;
}

/** Deployments from the stored view, the newest request first. */
export class DeploymentList {
  readonly #views: ViewStore;

  constructor(views: ViewStore) {
    this.#views = views;
  }

  /** @throws {InvalidCursor} */
  async page({
    service,
    environment,
    status,
    version,
    since,
    until,
    cursor,
    limit,
  }: DeploymentsQuery): Promise<DeploymentPage> {
    const { rows, next } = await this.#views.list<SummaryRow>(deploymentSummary.name, {
      where: { service, environment, status, version },
      range: { field: 'requestedAt', ...(since && { since: inUtc(since) }), ...(until && { until: inUtc(until) }) },
      sort: 'requestedAt',
      limit,
      ...(cursor && { cursor }),
    });
    const summaries = rows.map(({ body }) => publicSummary(body));
    return { deployments: await withTakenBack(this.#views, summaries), next };
  }
}

// The view compares times as text, all of them in UTC.
const inUtc = (time: string): string => new Date(time).toISOString();
