import { underlying, type DeploymentEvent, type EffectOf } from '@backstay/deployment';
import type { Step } from '@backstay/document';
import { interruptStep, type StepGround } from '@backstay/steps';
import { unlessDetached, type Platform } from '@backstay/service-kit';
import type { Commands, Context } from './context.ts';
import { deploymentOf } from './deployment-of.ts';

/** Ends a step of the rollback that is not wanted any more, and says how it ended. */
export async function interruptOpenStep(
  platform: Pick<Platform, 'store' | 'deployments'>,
  ground: StepGround,
  { step: id, attempt }: EffectOf<'interrupt-step'>,
  context: Context,
): Promise<Commands> {
  const { state, token, host, detach, now } = context;
  const whole = underlying(state);
  if (whole.status === 'none' || whole.status === 'planning') return [];
  const step = (await plannedSteps(platform, context.stream)).find((each) => each.id === id);
  if (step === undefined) throw new Error(`step ${id} is not in the rollback`);
  const deployment = await deploymentOf(platform, state);
  const begunOn = whole.steps[id]?.host ?? host;
  const end = await unlessDetached(detach, interruptStep({ ground, deployment, step, attempt, token, begunOn, host }));
  return [{ type: 'CompleteStep', step: id, attempt, token, host, ...end, at: now() }];
}

/** As they were recorded: a rollback that has ended no longer holds them. */
async function plannedSteps({ store }: Pick<Platform, 'store'>, stream: string): Promise<readonly Step[]> {
  const planned = (await store.read<DeploymentEvent>(stream)).findLast(({ type }) => type === 'RollbackPlanned');
  return planned?.type === 'RollbackPlanned' ? planned.data.steps : [];
}
