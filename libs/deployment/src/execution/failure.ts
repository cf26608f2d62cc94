import type { Step } from '@backstay/document';
import { after } from '../decision.ts';
import type { DeploymentEvent } from '../events.ts';
import { hasMutated, isPastIrreversible } from '../journal.ts';
import { triggerRollback } from '../rollback/decide.ts';
import { rollbackStepFailed } from '../rollback/outcome.ts';
import type { Running } from '../state.ts';
import { smokeTestsTrigger } from '../verification/failure.ts';

const decisionMs = 86_400_000;

/** What the document says is to happen when this step has failed for good and does not simply go on. */
export function failurePolicy(run: Running, step: Step, reason: string, at: string): readonly DeploymentEvent[] {
  if (run.status === 'rolling-back') return [rollbackStepFailed(run, step, reason, at)];
  const told = `step ${step.id} (${step.title}) failed: ${reason}`;
  if (step.onFailure.startsWith('ask:')) return [held('ask', step.id, step.onFailure.slice('ask:'.length), told, at)];
  const executionFailed: DeploymentEvent = { type: 'ExecutionFailed', data: { step: step.id, reason, at } };
  if (!hasMutated(run)) return [executionFailed, { type: 'DeploymentFailed', data: { reason: told, at } }];
  if (step.onFailure === 'stop' || isPastIrreversible(run))
    return [executionFailed, { type: 'DeploymentHalted', data: { reason: told, at } }];
  const trigger = smokeTestsTrigger(run, step) ?? {
    kind: 'step-failed' as const,
    text: step.title,
    line: step.source.line,
    by: 'backstay',
  };
  return [executionFailed, ...triggerRollback({ type: 'TriggerRollback', trigger, reason: told, at }, run)];
}

/** A person says what became of the step; a rollback does not wait for that and ends by name. */
export function unknownPolicy(run: Running, step: Step, reason: string, at: string): readonly DeploymentEvent[] {
  if (run.status === 'rolling-back') return [rollbackStepFailed(run, step, reason, at)];
  const why = `nobody can tell how step ${step.id} (${step.title}) ended: ${reason}`;
  return [held('unknown-outcome', step.id, 'operator', why, at)];
}

function held(code: 'unknown-outcome' | 'ask', step: string, duty: string, why: string, at: string): DeploymentEvent {
  return { type: 'DeploymentHeld', data: { code, why, duty, step, winner: null, until: after(at, decisionMs), at } };
}
