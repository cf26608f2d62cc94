import { act, type Next } from '../effect.ts';
import { evidenceDue } from '../evidence.ts';
import { awaitsRollbackPoint } from '../steps.ts';
import { activeState, type DeploymentState } from '../state.ts';
import { dueProbe, dueStep, nothingNow, openStepUnderHold, staleStep } from '../due.ts';

/** Execution performs its steps, delivers the notices, reads the evidence that no step reads, and ends what must run no longer. */
export function nextOfExecution(state: DeploymentState, now: string): Next {
  const active = activeState(state);
  const first = staleStep(active, 'execution') ?? dueProbe(active, 'execution');
  if (first !== null) return first;
  const own = ownStep(state, now);
  // A step that runs is never given up for a notice.
  if (own?.kind === 'effect' && own.effect.kind === 'perform-step' && own.effect.resume) return own;
  return pendingNotice(active) ?? own ?? unreadEvidence(state) ?? nothingNow(state);
}

function ownStep(state: DeploymentState, now: string): Next | null {
  if (state.status !== 'executing' && state.status !== 'verifying') return openStepUnderHold(state, 'execution', now);
  return awaitsRollbackPoint(state) ? act({ kind: 'capture-rollback-point' }) : dueStep(state, 'execution', now);
}

function unreadEvidence(state: DeploymentState): Next | null {
  const lines = evidenceDue(state);
  return lines.length === 0 ? null : act({ kind: 'read-evidence', lines });
}

function pendingNotice(active: ReturnType<typeof activeState>): Next | null {
  const [notice] = active.status === 'none' || active.status === 'planning' ? [] : active.pendingNotices;
  return notice === undefined ? null : act({ kind: 'deliver-notice', notice });
}
