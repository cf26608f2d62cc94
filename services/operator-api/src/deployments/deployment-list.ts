import { Injectable } from '@nestjs/common';
import type { QueryOf, Routes } from '@backstay/api-contract';
import { deploymentSummary, publicSummary, type SummaryRow } from '@backstay/projections';
import { ViewStore, type ReplyRow } from '@backstay/postgres';
import { withTakenBack, type KnownSince } from './taken-back.ts';

export type DeploymentsQuery = QueryOf<Routes['listDeployments']>;

export interface DeploymentPage {
  /** The summary of each deployment, as JSON text. */
  readonly deployments: readonly string[];
  readonly next: string | null;
}

/** Deployments from the stored view, the newest request first. */
@Injectable()
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
    const { rows, next } = await this.#views.replies<SummaryRow>(deploymentSummary.name, {
      where: { service, environment, status, version },
      range: { field: 'requestedAt', ...(since && { since: inUtc(since) }), ...(until && { until: inUtc(until) }) },
      sort: 'requestedAt',
      limit,
      ...(cursor && { cursor }),
    });
    return { deployments: await this.#texts(rows), next };
  }

  /** Most rows are sent as they are stored; the others are completed together. */
  async #texts(rows: readonly ReplyRow<SummaryRow>[]): Promise<readonly string[]> {
    const incomplete = rows.flatMap((row) => (row.text === null ? [publicSummary(row.body)] : []));
    const completed = new Map((await withTakenBack(this.#views, incomplete)).map((each) => [each.id, each]));
    return rows.map(({ key, text }) => text ?? JSON.stringify(completed.get(key)));
  }
}

export const summariesOf = ({ deployments }: DeploymentPage): readonly KnownSince[] =>
  deployments.map((text) => JSON.parse(text) as KnownSince);

// The view compares times as text, all of them in UTC.
const inUtc = (time: string): string => new Date(time).toISOString();
