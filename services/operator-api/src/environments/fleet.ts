import { Injectable } from '@nestjs/common';
import {
  deploymentsBehind,
  deploymentSummary,
  environmentView,
  fleetEntry,
  publicSummary,
  type DeploymentSummary,
  type EnvironmentView,
  type FleetEntry,
  type SummaryRow,
} from '@backstay/projections';
import type { RecordedEvent } from '@backstay/event-sourcing';
import { ViewStore } from '@backstay/postgres';
import { NotFound } from '@backstay/service-kit/http';
import { Environments } from './environments.ts';

const pageSize = 1000;

interface PageWanted {
  readonly limit: number;
  /** `next` of the page before. */
  readonly cursor?: string | undefined;
}

export interface FleetPage {
  readonly environments: readonly FleetEntry[];
  /** For the next page; null on the last one. */
  readonly next: string | null;
}

/** What runs where: all of it from the stored view, one environment from its own stream. */
@Injectable()
export class Fleet {
  readonly #environments: Environments;
  readonly #views: ViewStore;

  constructor(environments: Environments, views: ViewStore) {
    this.#environments = environments;
    this.#views = views;
  }

  /** All of it, by service and environment. */
  async all(): Promise<readonly FleetEntry[]> {
    const all: FleetEntry[] = [];
    let cursor: string | undefined;
    do {
      const page: FleetPage = await this.page({ limit: pageSize, cursor });
      all.push(...page.environments);
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
    return all;
  }

  /** A page of it, by service and environment. @throws {InvalidCursor} */
  async page({ limit, cursor }: PageWanted): Promise<FleetPage> {
    const wanted = { order: 'asc' as const, limit, ...(cursor !== undefined && { cursor }) };
    const { rows, next } = await this.#views.list<EnvironmentView>(environmentView.name, wanted);
    return { environments: await this.#entriesOf(rows.map(({ body }) => body)), next };
  }

  /** @throws {NotFound} when nothing is known of the service there. */
  async one(service: string, environment: string): Promise<FleetEntry> {
    const key = `${service}.${environment}`;
    const history = await this.#environments.history(service, environment);
    const stored = (await this.#views.get<EnvironmentView>(environmentView.name, key))?.body;
    const current = folded(history, key);
    if (current === undefined && stored === undefined)
      throw new NotFound(`nothing is known of ${service} in ${environment}`);
    const view =
      current === undefined || stored === undefined
        ? ((current ?? stored) as EnvironmentView)
        : withVersions(current, stored);
    const [entry] = await this.#entriesOf([view]);
    return entry as FleetEntry;
  }

  /** With what the deployments behind each environment say of it. */
  async #entriesOf(views: readonly EnvironmentView[]): Promise<readonly FleetEntry[]> {
    const ids = [...new Set(views.flatMap(deploymentsBehind))];
    const rows = await this.#views.getAll<SummaryRow>(deploymentSummary.name, ids);
    const known = new Map<string, DeploymentSummary>(rows.map(({ key, body }) => [key, publicSummary(body)]));
    return views.map((view) => fleetEntry(view, known));
  }
}

function folded(history: readonly RecordedEvent[], key: string): EnvironmentView | undefined {
  return history.reduce<EnvironmentView | undefined>(
    (view, event) => environmentView.evolve(view, event, key) ?? undefined,
    undefined,
  );
}

/** The environment's own stream does not say which version a deployment brings; the view has it from the deployment's. */
function withVersions(current: EnvironmentView, stored: EnvironmentView): EnvironmentView {
  const versionOf = (id: string) =>
    [...stored.deployments, ...stored.planned].find(({ deployment }) => deployment === id)?.version ?? null;
  const deployments = current.deployments.map((each) => ({
    ...each,
    version: each.version ?? versionOf(each.deployment),
  }));
  return { ...current, deployments, planned: stored.planned };
}
