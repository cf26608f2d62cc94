import type { Step } from '@backstay/document';
import { smokeTestsTrigger } from '../checks.ts';
import type { DeploymentEvent } from '../events.ts';
import type { Running } from '../state.ts';
import { hasMutated, isPastIrreversible, phaseOfStep } from '../steps.ts';
import { heldFor, rollbackStepFailed, triggerRollback } from '../transitions.ts';
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
    data: { step: id, phase: phaseOfStep(step), title, attempt, action: action.kind, effect, mutates, token, host, at },
  };
}

/** What the document says is to happen when this step has failed for good and does not simply go on. */
export function failurePolicy(run: Running, step: Step, reason: string, at: string): readonly DeploymentEvent[] {
  if (run.status === 'rolling-back') return [rollbackStepFailed(run, step, reason, at)];
  const text = `step ${step.id} (${step.title}) failed: ${reason}`;
  if (step.onFailure.startsWith('ask:')) {
    const duty = step.onFailure.slice('ask:'.length);
    return [heldFor(duty, { code: 'ask', why: text, step: step.id }, at)];
  }
  const executionFailed: DeploymentEvent = { type: 'ExecutionFailed', data: { step: step.id, reason, at } };
  if (!hasMutated(run)) return [executionFailed, { type: 'DeploymentFailed', data: { reason: text, at } }];
  if (step.onFailure === 'stop' || isPastIrreversible(run))
    return [executionFailed, { type: 'DeploymentHalted', data: { reason: text, at } }];
  const trigger = smokeTestsTrigger(run, step) ?? {
    kind: 'step-failed' as const,
    text: step.title,
    line: step.source.line,
    by: 'backstay',
  };
  return [executionFailed, ...triggerRollback({ trigger, reason: text, at }, run)];
}

/** Attempts of a step of a rollback of whose end nobody knows, before a person is asked. */
const mostReruns = 5;

/** Whether a step may simply be started again, as long as it is still wanted. */
export function mayBeRunAgain({ mutates, effect }: Pick<Step, 'mutates' | 'effect'>): boolean {
  return !mutates || effect === 'idempotent' || effect === 'keyed';
}

/**
 * A person says what became of the step. A rollback goes on by itself with what may be run again: nothing follows, and the step is due
 * once more; for the rest it waits too, until its own deadline.
 */
export function unknownPolicy(run: Running, step: Step, reason: string, at: string): readonly DeploymentEvent[] {
  const attempt = run.steps[step.id]?.attempt ?? 0;
  if (run.status === 'rolling-back' && mayBeRunAgain(step) && attempt < mostReruns) return [];
  const why = `nobody knows how step ${step.id} (${step.title}) ended: ${reason}`;
  return [heldFor('operator', { code: 'unknown-outcome', why, step: step.id }, at)];
}
