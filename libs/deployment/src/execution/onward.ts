import { evolveDeployment } from '../evolve.ts';
import type { DeploymentEvent } from '../events.ts';
import { awaitsRollbackPoint, nextStep, skipReason } from '../journal.ts';
import { nothingToCheck } from '../rollback/nothing-to-check.ts';
import { isRunning, type DeploymentState } from '../state.ts';

/** The facts, and what follows from them without any act: steps that are nobody's here are skipped, a stage that is done is closed. */
export function onward(
  state: DeploymentState,
  facts: readonly DeploymentEvent[],
  at: string,
): readonly DeploymentEvent[] {
  const due = following(facts.reduce(evolveDeployment, state), at);
  return due === null ? facts : onward(state, [...facts, due], at);
}

function following(now: DeploymentState, at: string): DeploymentEvent | null {
  if (!isRunning(now) || awaitsRollbackPoint(now)) return null;
  const step = nextStep(now);
  if (step === undefined) return now.status === 'executing' ? { type: 'ExecutionCompleted', data: { at } } : null;
  const reason = skipReason(now, step) ?? nothingToCheck(now, step);
  return reason === null ? null : { type: 'StepSkipped', data: { step: step.id, by: 'backstay', reason, at } };
}
