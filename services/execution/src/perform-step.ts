import { underlying, type EffectOf } from '@backstay/deployment';
import { stepDeploymentOf, type StepGround, type StepTask } from '@backstay/effects';
import { unlessDetached } from '@backstay/service-kit';
import type { Commands, Context } from './context.ts';
import { performAction } from './steps/perform-action.ts';

/** Performs the step whose turn it is; a manual one is a person's. */
export async function performStep(
  ground: StepGround,
  effect: EffectOf<'perform-step'>,
  context: Context,
): Promise<Commands> {
  const { step, attempt } = effect;
  const { token, host, now, detach } = context;
  if (step.action.kind === 'manual') return [holdFor(effect, step.action.duty.duty, now())];
  const end = await unlessDetached(detach, performAction(taskOf(ground, effect, context), context.state));
  return [{ type: 'CompleteStep', step: step.id, attempt, token, host, ...end, at: now() }];
}

function taskOf(
  ground: StepGround,
  { step, attempt }: EffectOf<'perform-step'>,
  { state, token, unwanted, detach, now }: Context,
): StepTask {
  const whole = underlying(state);
  const record = whole.status === 'none' || whole.status === 'planning' ? undefined : whole.steps[step.id];
  const startedAt = record?.startedAt ?? now();
  return {
    ground,
    deployment: stepDeploymentOf(state),
    step,
    phase: 'execution',
    attempt,
    token,
    startedAt,
    unwanted,
    detach,
  };
}

function holdFor({ step }: EffectOf<'perform-step'>, duty: string, at: string): Commands[number] {
  const until = new Date(Date.parse(at) + step.timeoutMs).toISOString();
  return {
    type: 'HoldDeployment',
    code: 'manual',
    why: `${step.title} (${step.id}) waits for ${duty}`,
    duty,
    step: step.id,
    winner: null,
    until,
    at,
  };
}
