import { underlying, type EffectOf } from '@backstay/deployment';
import { holdFor, stepTaskOf, type StepGround } from '@backstay/steps';
import { unlessDetached, type Platform } from '@backstay/service-kit';
import type { Commands, Context } from './context.ts';
import { deploymentOf } from './deployment-of.ts';
import { performAction, type RollbackTask } from './steps/perform-action.ts';

/** Performs the step of the rollback whose turn it is; a manual one is a person's. */
export async function performStep(
  platform: Pick<Platform, 'deployments'>,
  ground: StepGround,
  effect: EffectOf<'perform-step'>,
  context: Context,
): Promise<Commands> {
  const { step, attempt } = effect;
  const { state, token, host, now, detach } = context;
  if (step.action.kind === 'manual') return [holdFor(effect, step.action.duty.duty, now())];
  const whole = underlying(state);
  if (whole.status !== 'rolling-back' || whole.rollback === null) return [];
  const task = stepTaskOf('rollback', ground, await deploymentOf(platform, state), effect, context);
  const rollback: RollbackTask = {
    ...task,
    state: whole,
    target: whole.rollback.target,
    deployments: platform.deployments,
  };
  const end = await unlessDetached(detach, performAction(rollback));
  return [{ type: 'CompleteStep', step: step.id, attempt, token, host, ...end, at: now() }];
}
