import { Injectable } from '@nestjs/common';
import { isInRange, type Plan, type Relation } from '@backstay/document';
import {
  cycleThrough,
  held,
  openRelations,
  relationsOf,
  describeBlocking,
  describeCycle,
  describeRelation,
  waitsOf,
  type DeploymentRelation,
  type InTheWay,
  type OpenRelations,
  type Wait,
} from '@backstay/projections';
import { ViewStore } from '@backstay/postgres';
import { Deployments } from '../deployments/deployments.ts';
import { Environments } from '../environments/environments.ts';

/** More open deployments than this are not looked at, as planning does not either. */
const openAtMost = 1000;
const asking = 'not requested yet';

type Named = Pick<DeploymentRelation, 'service' | 'range' | 'environment'>;

/** What a plan would wait for: its own *Blocked By*, and the *Blocks* of deployments that are open. */
@Injectable()
export class OpenWaits {
  readonly #deployments: Deployments;
  readonly #environments: Environments;
  readonly #views: ViewStore;

  constructor(deployments: Deployments, environments: Environments, views: ViewStore) {
    this.#deployments = deployments;
    this.#environments = environments;
    this.#views = views;
  }

  async of(plan: Plan): Promise<readonly InTheWay[]> {
    const own = relationsOf(asking, plan);
    const unmet = await this.#unmet(plan.blockedBy);
    const open = await this.#open();
    const blocking = await this.#going(waitsOf(own, open).filter(({ source }) => source === 'blocks'));
    const cycle = await this.#standingCycle(own, open);
    const inTheWay = (message: string, line?: number): InTheWay =>
      held({ code: 'blocked-by', message, ...(line === undefined ? {} : { line }) });
    return [
      ...unmet.map((relation) =>
        inTheWay(`it waits for ${describeRelation(relation)}${statusText(relation)}`, relation.source.line),
      ),
      ...blocking.map((wait) => inTheWay(describeBlocking(wait))),
      ...(cycle === null ? [] : [inTheWay(describeCycle(cycle))]),
    ];
  }

  async #unmet(relations: readonly Relation[]): Promise<readonly Relation[]> {
    const isThere = await Promise.all(
      relations.map(async ({ rule }) => rule.kind === 'deployment' && this.#runs(rule)),
    );
    return relations.filter((_, index) => !isThere[index]);
  }

  async #runs({ service, range, environment }: Named): Promise<boolean> {
    const { running } = await this.#environments.state(service, environment);
    return running !== null && isInRange(running.version, range);
  }

  async #open(): Promise<readonly OpenRelations[]> {
    const { rows } = await this.#views.list<OpenRelations>(openRelations.name, { order: 'asc', limit: openAtMost });
    return rows.map(({ body }) => body);
  }

  /** The read model may be behind; the streams of those that block are not. */
  async #going(waits: readonly Wait[]): Promise<readonly Wait[]> {
    const ended = await Promise.all(waits.map((wait) => this.#deployments.hasEnded(wait.for.deployment)));
    return waits.filter((_, index) => !ended[index]);
  }

  async #standingCycle(own: OpenRelations, open: readonly OpenRelations[]): Promise<readonly Wait[] | null> {
    const cycle = cycleThrough(own, [...open, own]);
    if (cycle === null) return null;
    const over = await Promise.all(
      cycle.map(async ({ source, relation }) => source === 'blocked-by' && this.#runs(relation)),
    );
    return over.includes(true) ? null : cycle;
  }
}

function statusText({ rule }: Relation): string {
  return rule.kind === 'manual' ? `, to be ${rule.duty.verb} by ${rule.duty.duty}` : ', which does not run there';
}
