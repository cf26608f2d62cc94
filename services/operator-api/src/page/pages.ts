import { Inject, Injectable } from '@nestjs/common';
import { requestTo, routes } from '@backstay/api-contract';
import { deploymentSummary, environmentView } from '@backstay/projections';
import { PLATFORM, type Platform } from '@backstay/service-kit';
import { Criteria } from '../deployments/criteria.ts';
import { DeploymentList, summariesOf, type DeploymentsQuery } from '../deployments/deployment-list.ts';
import { Deployments } from '../deployments/deployments.ts';
import { Fleet } from '../environments/fleet.ts';
import { Visibility } from '../run/visibility.ts';
import { environmentsView } from './environments-page.ts';
import type { View } from './html.ts';
import { listView } from './list-page.ts';
import { OpenDeployment } from './open-deployment.ts';
import { OpenList } from './open-list.ts';

/** Reads what each page shows, now or for as long as it is open. */
@Injectable()
export class Pages {
  private readonly shows: Visibility['shows'] = (cursor, withinMs) => this.visibility.shows(cursor, withinMs);

  constructor(
    private readonly deployments: Deployments,
    private readonly criteria: Criteria,
    private readonly list: DeploymentList,
    private readonly fleet: Fleet,
    private readonly visibility: Visibility,
    @Inject(PLATFORM) private readonly platform: Pick<Platform, 'store' | 'digest'>,
  ) {}

  /** @throws {InvalidCursor} */
  async all(query: DeploymentsQuery): Promise<View> {
    const { next, ...found } = await this.list.page(query);
    const older = next === null ? undefined : requestTo(routes, 'listPage', { query: { ...query, cursor: next } }).url;
    return listView(summariesOf({ next, ...found }), older);
  }

  async environments(): Promise<View> {
    return environmentsView(await this.fleet.all());
  }

  openAll(query: DeploymentsQuery): Promise<OpenList> {
    return this.#openList([deploymentSummary], () => this.all(query));
  }

  openEnvironments(): Promise<OpenList> {
    return this.#openList([environmentView, deploymentSummary], () => this.environments());
  }

  /** @throws {NotFound} */
  async openDeployment(id: string, asOf?: string): Promise<OpenDeployment> {
    const audited = await this.deployments.audited(id, asOf);
    const beside = await this.criteria.readBeside(audited.history);
    const { deployments, criteria, shows } = this;
    return new OpenDeployment(id, asOf, audited, beside, {
      deployments,
      criteria,
      shows,
      digest: this.platform.digest,
    });
  }

  async #openList(
    projections: ConstructorParameters<typeof OpenList>[1],
    read: () => Promise<View>,
  ): Promise<OpenList> {
    return new OpenList(await this.platform.store.head(), projections, { shows: this.shows, read });
  }
}
