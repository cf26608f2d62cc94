import type { Step } from '@backstay/document';
import type { DeploymentEvent } from '../events.ts';
import { performerOf } from '../journal.ts';
import type { BeginStep } from './commands.ts';

/** The intent, recorded before anything acts. */
export function stepStarted(
  step: Step,
  attempt: number,
  { token, host, at }: Pick<BeginStep, 'token' | 'host' | 'at'>,
): DeploymentEvent {
  const { id, title, action, effect, mutates } = step;
  return {
    type: 'StepStarted',
    data: { step: id, phase: performerOf(step), title, attempt, action: action.kind, effect, mutates, token, host, at },
  };
}
