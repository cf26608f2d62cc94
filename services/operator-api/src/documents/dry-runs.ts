import type { Blocker, Plan, Problem } from '@backstay/document';
import type { Platform } from '@backstay/service-kit';
import type { Environments } from '../environments/environments.ts';
import { plannable, type Wanted } from './plannable.ts';
import { findProfile } from './profiles.ts';

export interface DryRun {
  readonly digest: string;
  readonly plan: Plan;
  readonly warnings: readonly Problem[];
  readonly blockers: readonly Blocker[];
}

/** Plans without anything coming of it: from the document, the profile and what is recorded; the deployed repository is not read. */
export class DryRuns {
  readonly #environments: Environments;
  readonly #platform: Pick<Platform, 'settings' | 'digest'>;

  constructor(environments: Environments, platform: Pick<Platform, 'settings' | 'digest'>) {
    this.#environments = environments;
    this.#platform = platform;
  }

  /** @throws {InvalidDocument} */
  async of(wanted: Wanted): Promise<DryRun> {
    const { digest: sha256, settings } = this.#platform;
    // The first plan tells which service and environment it is about, and so which profile holds.
    const { service, environment } = plannable(wanted, sha256).plan;
    const { profile, blockers: ofProfile } = await findProfile(settings, environment, service);
    const { plan, digest, warnings, blockers } = plannable(wanted, sha256, profile);
    return { digest, plan, warnings, blockers: [...ofProfile, ...blockers, ...(await this.#inTheWay(plan))] };
  }

  async #inTheWay({ service, environment, version }: Plan): Promise<Blocker[]> {
    const { holder, quarantined } = await this.#environments.state(service, environment);
    const why = quarantined[version];
    return [
      ...(holder === null
        ? []
        : [{ code: 'environment-held', message: `deployment ${holder} holds ${service} in ${environment}` }]),
      ...(why === undefined
        ? []
        : [{ code: 'quarantined', message: `version ${version} is quarantined in ${environment}: ${why}` }]),
    ];
  }
}
