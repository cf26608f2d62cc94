import { underlying, type EffectOf } from '@backstay/deployment';
import { stepDeploymentOf, type StepGround } from '@backstay/effects';
import { unlessDetached } from '@backstay/service-kit';
import type { Commands, Context } from './context.ts';
import type { ExecutionTask } from './execution-task.ts';
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
  const { token, host, now, detach } = context;
  if (step.action.kind === 'manual') return [holdFor(effect, step.action.duty.duty, now())];
  const end = await unlessDetached(detach, performAction(taskOf(ground, records, effect, context)));
  return [{ type: 'CompleteStep', step: step.id, attempt, token, host, ...end, at: now() }];
}

function taskOf(
  ground: StepGround,
  records: ProcedureRecords,
  { step, attempt }: EffectOf<'perform-step'>,
  { state, token, unwanted, detach, now }: Context,
): ExecutionTask {
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
    state,
    records,
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
