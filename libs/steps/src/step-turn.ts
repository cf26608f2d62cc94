import { underlying, type DeploymentCommand, type DeploymentState, type EffectOf } from '@backstay/deployment';
import type { StepDeployment, StepGround, StepTask } from './step-task.ts';

type Turn = EffectOf<'perform-step'>;

/** What a performer is told about the moment at which it acts. */
interface Moment extends Pick<StepTask, 'token' | 'unwanted' | 'detach'> {
  readonly state: DeploymentState;
  readonly now: () => string;
}

/** The attempt whose turn it is; one that was begun before keeps its beginning. */
export function stepTaskOf(
  phase: StepTask['phase'],
  ground: StepGround,
  deployment: StepDeployment,
  { step, attempt }: Turn,
  { state, token, unwanted, detach, now }: Moment,
): StepTask {
  const whole = underlying(state);
  const record = whole.status === 'none' || whole.status === 'planning' ? undefined : whole.steps[step.id];
  const startedAt = record?.startedAt ?? now();
  return { ground, deployment, step, phase, attempt, token, startedAt, unwanted, detach };
}

/** The command that waits for the person whose step it is, for as long as the step may take. */
export function holdFor({ step }: Turn, duty: string, at: string): DeploymentCommand {
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
