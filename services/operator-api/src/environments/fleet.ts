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
import type { ViewStore } from '@backstay/postgres';
import { NotFound } from '../http/errors.ts';
import type { Environments } from './environments.ts';

const pageSize = 1000;

/** What runs where: all of it from the stored view, one environment from its own stream. */
export class Fleet {
  readonly #environments: Environments;
  readonly #views: ViewStore;

  constructor(environments: Environments, views: ViewStore) {
    this.#environments = environments;
    this.#views = views;
  }

  /** By service and environment. */
  async all(): Promise<readonly FleetEntry[]> {
    const all: EnvironmentView[] = [];
    let cursor: string | undefined;
    do {
      const page = await this.#views.list<EnvironmentView>(environmentView.name, {
        order: 'asc',
        limit: pageSize,
        ...(cursor && { cursor }),
      });
      all.push(...page.rows.map(({ body }) => body));
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
    return this.#told(all);
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
    const [entry] = await this.#told([view]);
    return entry as FleetEntry;
  }

  /** With what the deployments behind each environment tell of it. */
  async #told(views: readonly EnvironmentView[]): Promise<readonly FleetEntry[]> {
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
