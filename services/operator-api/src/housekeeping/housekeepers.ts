import { Inject, Injectable } from '@nestjs/common';
import { deploymentStream, type DeploymentEvent } from '@backstay/deployment';
import {
  databasePlace,
  directoryHousekeeper,
  Housekeeper,
  PLATFORM,
  rulesIn,
  type Platform,
} from '@backstay/service-kit';
import { Criteria } from '../deployments/criteria.ts';

const digest = /"sha256":"([0-9a-f]{64})"/g;

/** Of the database and of the data directory of this process. */
@Injectable()
export class Housekeepers {
  readonly #platform: Platform;
  readonly #criteria: Criteria;
  #opened: Promise<readonly Housekeeper[]> | undefined;

  constructor(@Inject(PLATFORM) platform: Platform, criteria: Criteria) {
    this.#platform = platform;
    this.#criteria = criteria;
  }

  async all(): Promise<readonly Housekeeper[]> {
    this.#opened ??= this.#open().catch((error: unknown) => {
      this.#opened = undefined;
      throw error;
    });
    return this.#opened;
  }

  async #open(): Promise<readonly Housekeeper[]> {
    const { settings, pool } = this.#platform;
    const database = new Housekeeper({
      place: databasePlace(pool),
      rules: rulesIn(settings),
      runtime: this.#platform,
      evidenceOf: (deployment) => this.#evidenceOf(deployment),
    });
    return [database, await directoryHousekeeper(this.#platform)];
  }

  /** What the events name by digest that acceptance criteria of the deployment rest on. */
  async #evidenceOf(deployment: string): Promise<ReadonlySet<string>> {
    const history = await this.#platform.store.read<DeploymentEvent>(deploymentStream(deployment));
    const { criteria } = await this.#criteria.asOf(history, undefined);
    const evidence = new Set(criteria.flatMap((criterion) => criterion.evidence.map(({ eventId }) => eventId)));
    const texts = history.filter(({ id }) => evidence.has(id)).map(({ data }) => JSON.stringify(data));
    return new Set(texts.flatMap((text) => [...text.matchAll(digest)].map(([, sha256]) => sha256 ?? '')));
  }
}
