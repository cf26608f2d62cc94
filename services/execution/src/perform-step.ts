import type { EffectOf } from '@backstay/deployment';
import { holdFor, stepDeploymentOf, stepTaskOf, type StepGround } from '@backstay/steps';
import { unlessDetached } from '@backstay/service-kit';
import type { Commands, Context } from './context.ts';
import type { ProcedureRecords } from './procedure-records.ts';
import { performAction } from './steps/perform-action.ts';

/** Performs the step whose turn it is; a manual one is a person's. */
export async function performStep(
  ground: StepGround,
  records: ProcedureRecords,
  effect: EffectOf<'perform-step'>,
  context: Context,
): Promise<Commands> {
  const { step, attempt } = effect;
  const { state, token, host, now, detach } = context;
  if (step.action.kind === 'manual') return [holdFor(effect, step.action.duty.duty, now())];
  const task = stepTaskOf('execution', ground, stepDeploymentOf(state), effect, context);
  const end = await unlessDetached(detach, performAction({ ...task, state, records }));
  return [{ type: 'CompleteStep', step: step.id, attempt, token, host, ...end, at: now() }];
}
