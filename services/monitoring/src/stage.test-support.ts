import { measurementsStream, type CheckResult, type MeasurementsTaken, type ReleaseRef } from '@backstay/deployment';
import type { Plan } from '@backstay/document';
import type { RecordedEvent } from '@backstay/event-sourcing';
import { PhaseStage } from '@backstay/service-kit/testing';
import { eventually } from '@backstay/local-platform/testing';
import { monitoringService } from './index.ts';

const runningBefore: ReleaseRef = { version: '1.0.0', commit: null, release: null, deployment: null };
const login: CheckResult = {
  kind: 'smoke-test',
  title: 'User Login',
  passed: true,
  line: null,
  attempts: 1,
  observed: {},
};

const health: CheckResult = { ...login, kind: 'health-check', title: 'Application health' };

/** Deployments that stand where monitoring acts next, and what it measured. */
export class Stage extends PhaseStage {
  override preflight(id: string, plan: Plan, running: ReleaseRef | null = runningBefore): Promise<void> {
    return super.preflight(id, plan, running);
  }

  /** A mutating step is open. */
  async execute(id: string, plan: Plan, running: ReleaseRef | null = runningBefore): Promise<void> {
    await this.preflight(id, plan, running);
    await this.event(id, 'DeploymentPlanned');
    await this.captured(id, running);
    await this.begin(id, 'deploy.1');
  }

  /** Executed: the steps after the deployment follow, or the closing checks. */
  async executed(id: string): Promise<void> {
    await this.complete(id, 'deploy.1');
  }

  /** Executed and verified: the watch window begins. */
  async verify(id: string): Promise<void> {
    await this.executed(id);
    const at = this.platform.now();
    await this.send(id, { type: 'RecordChecks', purpose: 'verification', token: 1, results: [login, health], at });
  }

  measurements(id: string): Promise<RecordedEvent<MeasurementsTaken>[]> {
    return this.platform.store.read<MeasurementsTaken>(measurementsStream(id));
  }

  /** As soon as so many ticks are recorded. */
  async ticks(id: string, count: number): Promise<readonly RecordedEvent<MeasurementsTaken>[]> {
    const enough = async () => {
      const taken = await this.measurements(id);
      return taken.length >= count ? taken : undefined;
    };
    return eventually(enough, async () => `only ${(await this.measurements(id)).length} ticks`);
  }
}

export const openStage = (): Promise<Stage> => new Stage(monitoringService).open();
