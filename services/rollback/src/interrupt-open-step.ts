import { activeState, type DeploymentEvent, type EffectOf } from '@backstay/deployment';
import type { Step } from '@backstay/document';
import { interruptStep, type StepContext } from '@backstay/steps';
import { unlessDetached, type Platform } from '@backstay/service-kit';
import type { Commands, Context } from './context.ts';

/** Ends a step of the rollback that is not wanted any more, and says how it ended. */
export async function interruptOpenStep(
  platform: Pick<Platform, 'store'>,
  steps: StepContext,
  effect: EffectOf<'interrupt-step'>,
  context: Context,
): Promise<Commands> {
  const { status } = activeState(context.state);
  if (status === 'none' || status === 'planning') return [];
  const planned = await plannedSteps(platform, context.stream);
  return [await unlessDetached(context.detach, interruptStep(steps, 'rollback', effect, context, planned))];
}

/** As they were recorded: a rollback that has ended no longer holds them. */
async function plannedSteps({ store }: Pick<Platform, 'store'>, stream: string): Promise<readonly Step[]> {
  const planned = (await store.read<DeploymentEvent>(stream)).findLast(({ type }) => type === 'RollbackPlanned');
  return planned?.type === 'RollbackPlanned' ? planned.data.steps : [];
}
