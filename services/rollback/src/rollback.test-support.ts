import type { DeploymentState, Inherited } from '@backstay/deployment';
import type { Plan } from '@backstay/document';
import { forAllTests, PhaseStage, type Beginning } from '@backstay/service-kit/testing';
import { rollbackService } from './index.ts';

export { planOf, recordOf, run, step } from '@backstay/service-kit/testing';

/** Deployments that stand where a rollback begins. */
class World extends PhaseStage {
  /** Planned, with what ran before recorded: its steps can be performed. */
  override async planned(plan: Plan, beginning: Beginning = {}): Promise<string> {
    const id = await super.planned(plan, beginning);
    await this.captured(id, beginning.claim?.running ?? null, beginning.weights);
    return id;
  }

  /** Asked for to take a succeeded deployment back, which is all that it does. */
  takenBack(plan: Plan, inherited: Inherited): Promise<string> {
    const { version, commit = null } = plan;
    const running = { version, commit, release: null, deployment: inherited.deployment };
    return super.planned(plan, { inherited, request: { reason: 'it is slow' }, claim: { version: 2, running } });
  }

  trigger(id: string): Promise<DeploymentState> {
    const trigger = { kind: 'manual', text: 'it looks bad', line: null, by: 'an operator' } as const;
    return this.send(id, { type: 'TriggerRollback', trigger, reason: 'it looks bad', at: this.platform.now() });
  }
}

export const world = () => forAllTests(new World(rollbackService));
