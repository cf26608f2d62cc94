import { activeState, type DeploymentEvent, type EffectOf, type DeploymentCommand } from '@backstay/deployment';
import type { Step } from '@backstay/document';
import { interruptStep, type StepContext } from '@backstay/steps';
import { unlessDetached, type Platform, type DeploymentContext } from '@backstay/service-kit';

/** Ends a step of the rollback that is not wanted any more, and says how it ended. */
export async function interruptOpenStep(
  { deployments }: Pick<Platform, 'deployments'>,
  steps: StepContext,
  effect: EffectOf<'interrupt-step'>,
  context: DeploymentContext,
): Promise<readonly DeploymentCommand[]> {
  const { status } = activeState(context.state);
  if (status === 'none' || status === 'planning') return [];
  const planned = plannedSteps(await deployments.events(context.id));
  return [await unlessDetached(context.detach, interruptStep(steps, 'rollback', effect, context, planned))];
}

/** As they were recorded: a rollback that has ended no longer holds them. */
function plannedSteps(history: readonly DeploymentEvent[]): readonly Step[] {
  return history.findLast((event) => event.type === 'RollbackPlanned')?.data.steps ?? [];
}
