import { underlying, type EffectOf } from '@backstay/deployment';
import { interruptStep, type StepGround } from '@backstay/effects';
import { unlessDetached, type Platform } from '@backstay/service-kit';
import type { Commands, Context } from './context.ts';
import { deploymentOf } from './deployment-of.ts';

/** Ends a step of the rollback that is not wanted any more, and says how it ended. */
export async function interruptOpenStep(
  platform: Pick<Platform, 'store'>,
  ground: StepGround,
  { step: id, attempt }: EffectOf<'interrupt-step'>,
  context: Context,
): Promise<Commands> {
  const { state, token, host, detach, now } = context;
  const whole = underlying(state);
  if (whole.status !== 'rolling-back') return [];
  const step = whole.rollback?.steps.find((each) => each.id === id);
  if (step === undefined) throw new Error(`step ${id} is not in the rollback`);
  const deployment = await deploymentOf(platform, state);
  const begunOn = whole.steps[id]?.host ?? host;
  const end = await unlessDetached(detach, interruptStep({ ground, deployment, step, attempt, token, begunOn, host }));
  return [{ type: 'CompleteStep', step: id, attempt, token, host, ...end, at: now() }];
}
