import { environmentId, environmentStream } from '@backstay/deployment';
import type { Plan } from '@backstay/document';
import { PhaseStage } from '@backstay/service-kit/testing';
import { verificationService } from './index.ts';

/** Deployments that stand where verification acts next, and an environment that adopts. */
export class Stage extends PhaseStage {
  readonly environment = environmentStream('orders-api', 'staging');

  adopt(version: string): Promise<void> {
    const at = this.platform.now();
    return this.sendToEnvironment(environmentId('orders-api', 'staging'), {
      type: 'RequestAdoption',
      version,
      by: 'spec',
      reason: 'it runs already',
      at,
    });
  }

  /** Executed, so that the steps after the deployment and the closing checks are due. */
  async executed(id: string, plan: Plan): Promise<void> {
    await this.preflight(id, plan);
    await this.event(id, 'DeploymentPlanned');
    await this.captured(id);
    await this.perform(id, 'deploy.1');
  }
}

export const openStage = (): Promise<Stage> => new Stage(verificationService).open();
