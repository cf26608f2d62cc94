import { isPast } from '../decision.ts';
import type { Effect } from '../effect.ts';
import { awaitsRollbackPoint, nextStep, openStep, performerOf, performerOfId } from '../journal.ts';
import type { Phase } from '../phase.ts';
import { evidenceDue } from './evidence.ts';
import { isRunning, underlying, type DeploymentState, type Ended, type Running } from '../state.ts';

/** Execution performs its steps, tells who is to be told, and closes what must run no longer. */
export function nextOfExecution(state: DeploymentState, now: string): Effect | null {
  const whole = underlying(state);
  const stale = staleStep(state, 'execution');
  if (stale !== null) return stale;
  if (whole.status === 'planning' && whole.claim !== null && whole.reports.execution === undefined)
    return { kind: 'probe-preflight', phase: 'execution' };
  const act = ownAct(state, now);
  // A step that runs is never given up for a notice.
  if (act?.kind === 'perform-step' && act.resume) return act;
  return owedNotice(whole) ?? act ?? unreadEvidence(state);
}

function ownAct(state: DeploymentState, now: string): Effect | null {
  if (state.status !== 'executing' && state.status !== 'verifying') return null;
  return awaitsRollbackPoint(state) ? { kind: 'capture-rollback-point' } : stepOf(state, 'execution', now);
}

function unreadEvidence(state: DeploymentState): Effect | null {
  const lines = evidenceDue(state);
  return lines.length === 0 ? null : { kind: 'read-evidence', lines };
}

function owedNotice(whole: ReturnType<typeof underlying>): Effect | null {
  const [notice] = whole.status === 'none' || whole.status === 'planning' ? [] : whole.owed;
  return notice === undefined ? null : { kind: 'deliver-notice', notice };
}

/** The step whose turn it is, if it is this phase's. */
export function stepOf(state: Running, phase: Phase, now: string): Effect | null {
  const step = awaitsRollbackPoint(state) ? undefined : nextStep(state);
  if (step === undefined || performerOf(step) !== phase) return null;
  const record = state.steps[step.id];
  if (record?.status === 'running') return { kind: 'perform-step', step, attempt: record.attempt, resume: true };
  if (record?.retryAt != null && !isPast(record.retryAt, now)) return { kind: 'wait', until: record.retryAt };
  return { kind: 'perform-step', step, attempt: (record?.attempt ?? 0) + 1, resume: false };
}

/** A step of this phase that still runs although the deployment has moved on. */
export function staleStep(state: DeploymentState, phase: Phase): Effect | null {
  const whole = underlying(state);
  if (whole.status === 'none' || whole.status === 'planning') return null;
  const open = openStep(whole);
  if (open === undefined || isWanted(whole, open.step)) return null;
  return performerOfId(whole.drafted, open.step) === phase
    ? { kind: 'interrupt-step', step: open.step, attempt: open.attempt }
    : null;
}

function isWanted(whole: Running | Ended, step: string): boolean {
  return isRunning(whole) && nextStep(whole)?.id === step;
}
