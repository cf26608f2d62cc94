import { pauseOf, type Step } from '@backstay/document';
import { after, isPast } from './decision.ts';
import { act, waitUntil, type Next } from './effect.ts';
import { awaitsRollbackPoint, nextStep, openStep, phaseOfStep, phaseOfStepId } from './steps.ts';
import type { Phase, PreflightPhase } from './phase.ts';
import {
  isEnded,
  isRunning,
  type Active,
  type DeploymentState,
  type Ended,
  type NotRequested,
  type Running,
} from './state.ts';
import type { HoldCode, StepRecord } from './values.ts';

type ActiveState = NotRequested | Active | Ended;

/** What comes before everything else: a step of this phase that still runs although the deployment has moved on is ended. */
export function staleStep(state: ActiveState, phase: Phase): Next | null {
  if (state.status === 'none' || state.status === 'planning') return null;
  const open = openStep(state);
  if (open === undefined || isWanted(state, open.step)) return null;
  return phaseOfStepId(state.drafted, open.step) === phase
    ? act({ kind: 'interrupt-step', step: open.step, attempt: open.attempt })
    : null;
}

function isWanted(state: Running | Ended, step: string): boolean {
  return isRunning(state) && nextStep(state)?.id === step;
}

/** The preflight probe that this phase has not reported yet. */
export function dueProbe(state: ActiveState, phase: PreflightPhase): Next | null {
  const isDue = state.status === 'planning' && state.claim !== null && state.reports[phase] === undefined;
  return isDue ? act({ kind: 'probe-preflight', phase }) : null;
}

/** The next step, if it is this phase's. */
export function dueStep(state: Running, phase: Phase, now: string): Next | null {
  const step = awaitsRollbackPoint(state) ? undefined : nextStep(state);
  if (step === undefined || phaseOfStep(step) !== phase) return null;
  const record = state.steps[step.id];
  if (record?.status === 'running') return nextOfOpenStep(step, record, now);
  if (record?.retryAt != null && !isPast(record.retryAt, now)) return waitUntil(record.retryAt);
  return act({ kind: 'perform-step', step, attempt: (record?.attempt ?? 0) + 1, resume: false });
}

/** Holds that begin at any time, also while a step runs that has nothing to do with them. */
const besideSteps: readonly HoldCode[] = ['platform-fault', 'old-version-degraded'];

/** A platform fault in one phase does not end a step that another phase performs: that step continues during the hold. */
export function openStepUnderHold(state: DeploymentState, phase: Phase, now: string): Next | null {
  if (state.status !== 'held' || !besideSteps.includes(state.hold.code)) return null;
  const { under } = state;
  return isRunning(under) && openStep(under) !== undefined ? dueStep(under, phase, now) : null;
}

/** A step that waits needs nobody until its time has passed. */
function nextOfOpenStep(step: Step, { attempt, startedAt }: StepRecord, now: string): Next {
  const pauseMs = pauseOf(step.action);
  if (pauseMs === undefined) return act({ kind: 'perform-step', step, attempt, resume: true });
  const until = after(startedAt, pauseMs);
  if (!isPast(until, now)) return waitUntil(until);
  return act({ kind: 'complete-wait', step: step.id, attempt, waitedMs: pauseMs });
}

/** Nothing to do now: an event wakes it when there is again, and after the end there never is. */
export function nothingNow(state: DeploymentState): Next {
  return { kind: isEnded(state) ? 'complete' : 'idle' };
}
