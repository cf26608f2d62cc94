import { underlying, type EffectOf } from '@backstay/deployment';
import { interruptStep, stepDeploymentOf, type StepGround } from '@backstay/steps';
import { unlessDetached } from '@backstay/service-kit';
import type { Commands, Context } from './context.ts';

/** Ends a step that the deployment has left behind, and says how it ended. */
export async function interruptOpenStep(
  ground: StepGround,
  { step: id, attempt }: EffectOf<'interrupt-step'>,
  context: Context,
): Promise<Commands> {
  const { state, token, host, detach } = context;
  const whole = underlying(state);
  if (whole.status === 'none' || whole.status === 'planning') return [];
  const deployment = stepDeploymentOf(state);
  const step = deployment.plan.steps.find((each) => each.id === id);
  if (step === undefined) throw new Error(`step ${id} is not in the plan`);
  const begunOn = whole.steps[id]?.host ?? host;
  const end = await unlessDetached(detach, interruptStep({ ground, deployment, step, attempt, token, begunOn, host }));
  return [{ type: 'CompleteStep', step: id, attempt, token, host, ...end, at: context.now() }];
}
