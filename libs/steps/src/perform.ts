import {
  isRunning,
  activeState,
  type DeploymentCommand,
  type DeploymentState,
  type EffectOf,
  type Phase,
} from '@backstay/deployment';
import { dutyOf, type Step } from '@backstay/document';
import type { StepContext } from './context.ts';
import { performedDeployment } from './deployment.ts';
import { endOf, interrupt } from './dispatch.ts';
import type { StepTask } from './task.ts';

type Due = EffectOf<'perform-step'>;

/** What a handler is given at the moment at which it acts. */
export interface RunContext extends Pick<StepTask, 'token' | 'unwanted' | 'detach'> {
  readonly state: DeploymentState;
  readonly host: string;
  readonly now: () => string;
}

/** Performs the step that is due in this phase; one that is a person's holds the deployment. */
export async function performStep(
  context: StepContext,
  phase: Phase,
  due: Due,
  run: RunContext,
): Promise<readonly DeploymentCommand[]> {
  const { step, attempt } = due;
  const duty = dutyOf(step.action);
  if (duty !== undefined) return [holdFor(due, duty.duty, run.now())];
  const task = await taskOf(context, phase, due, run);
  if (task === null) return [];
  const end = await endOf(task);
  return [{ type: 'CompleteStep', step: step.id, attempt, ...completedBy(run), ...end, at: run.now() }];
}

/** What ends a step that only waits, once its time has passed. */
export function completeWait(
  { step, attempt, waitedMs }: EffectOf<'complete-wait'>,
  run: Pick<RunContext, 'token' | 'host' | 'now'>,
): DeploymentCommand {
  const end = { outcome: { status: 'succeeded' }, result: { waitedMs } } as const;
  return { type: 'CompleteStep', step, attempt, ...completedBy(run), ...end, at: run.now() };
}

/** Ends a step that is not wanted any more and reports how it ended: one of the plan, or one that the caller knows. */
export async function interruptStep(
  context: StepContext,
  phase: Phase,
  { step: id, attempt }: Pick<EffectOf<'interrupt-step'>, 'step' | 'attempt'>,
  { state, token, host, now }: Pick<RunContext, 'state' | 'token' | 'host' | 'now'>,
  steps: readonly Step[] = plannedSteps(state),
): Promise<DeploymentCommand> {
  const step = steps.find((each) => each.id === id);
  if (step === undefined) throw new Error(`step ${id} is not planned`);
  const deployment = await performedDeployment(context, state);
  const active = activeState(state);
  const begunOn = ('steps' in active ? active.steps[id]?.host : undefined) ?? host;
  const end = await interrupt({ context, deployment, step, phase, attempt, token, begunOn, host });
  return { type: 'CompleteStep', step: id, attempt, token, host, ...end, at: now() };
}

function plannedSteps(state: DeploymentState): readonly Step[] {
  const active = activeState(state);
  return active.status === 'none' ? [] : (active.drafted?.plan.steps ?? []);
}

const completedBy = ({ token, host }: Pick<RunContext, 'token' | 'host'>) => ({ token, host });

/** An attempt that was begun before keeps its beginning; null: the deployment has moved on. */
async function taskOf(
  context: StepContext,
  phase: Phase,
  { step, attempt }: Due,
  { state, token, unwanted, detach, now }: RunContext,
): Promise<StepTask | null> {
  const active = activeState(state);
  if (!isRunning(active)) return null;
  const deployment = await performedDeployment(context, state);
  const startedAt = active.steps[step.id]?.startedAt ?? now();
  return { context, deployment, step, state: active, phase, attempt, token, startedAt, unwanted, detach };
}

/** The command that waits for the person whose step it is, for as long as the step may take. */
function holdFor({ step }: Due, duty: string, at: string): DeploymentCommand {
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
