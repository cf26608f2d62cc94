import { pauseOf, type Plan, type Step } from '@backstay/document';
import { after, isPast } from '../decision.ts';
import type { DeploymentEvent } from '../events.ts';
import { mostMs } from '../watched-time.ts';
import { hasMutated, nextStep, phaseOfStep } from '../steps.ts';
import type { Phase } from '../phase.ts';
import { isRunning, type DeploymentState, type RollingBack, type Running } from '../state.ts';
import { heldUnwatched, rollbackDeadline, rollbackFailed, triggerRollback } from '../transitions.ts';

/** When the work that is due would have ended by its own deadlines, had anybody done it. */
export function overdueAt(state: Running): string {
  return state.status === 'rolling-back' ? rollbackDeadline(state) : after(state.movedAt, dueOf(state).withinMs);
}

/**
 * A deployment for which no phase acts is not left standing: what was changed is taken back, else it is abandoned. A rollback has
 * failed then. That nobody watches says nothing about the release: a person is asked.
 */
export function stallEnded(at: string, state: DeploymentState): readonly DeploymentEvent[] {
  if (!isRunning(state) || !isPast(overdueAt(state), at)) return [];
  if (state.status === 'rolling-back')
    return [rollbackFailed(state, stallReason(state, 'the rollback', 'rollback'), at)];
  const { what, phase } = dueOf(state);
  const reason = stallReason(state, what, phase);
  if (state.status === 'monitoring' && !state.watchComplete) return [heldUnwatched(reason, at)];
  if (!hasMutated(state)) return [abandoned(state, reason, at)];
  const trigger = { kind: 'deadline' as const, text: `${what} stands still`, line: null, by: 'backstay' };
  return triggerRollback({ trigger, reason, at }, state);
}

/** No phase continues it; names the steps that may still act somewhere. */
function abandoned(state: Running, reason: string, at: string): DeploymentEvent {
  const open = Object.values(state.steps).filter(({ status }) => status === 'running' || status === 'unknown');
  const possiblyLive = open.map(({ step, host }) => `${step} on ${host}`);
  return { type: 'DeploymentAbandoned', data: { reason, possiblyLive, at } };
}

function stallReason(state: Running, what: string, phase: Phase): string {
  return `${what} was to end by ${overdueAt(state)}, and ${phase} has recorded nothing since ${state.movedAt}; is its service running?`;
}

function dueOf(state: Exclude<Running, RollingBack>): {
  readonly what: string;
  readonly phase: Phase;
  readonly withinMs: number;
} {
  const { plan } = state.drafted;
  if (state.status === 'monitoring') {
    if (state.watchComplete) return { what: 'the reading of its evidence', phase: 'execution', withinMs: readingMs };
    const { monitoring } = plan;
    return { what: 'the watch', phase: 'monitoring', withinMs: mostMs(monitoring) + monitoring.onNoData.waitMs };
  }
  const step = nextStep(state);
  return step === undefined
    ? { what: 'the closing round of checks', phase: 'verification', withinMs: checksMs(plan) }
    : { what: `step ${step.id}`, phase: phaseOfStep(step), withinMs: stepMs(step) };
}

const readingMs = 300_000;

function stepMs({ timeoutMs, retry, waitUntil, action }: Step): number {
  return timeoutMs + (retry?.everyMs ?? 0) + (waitUntil?.withinMs ?? 0) + (pauseOf(action) ?? 0);
}

/** A health check that has no reply for this long has failed. */
const healthCheckMs = 10_000;

function checksMs({ smokeTests, healthChecks }: Plan): number {
  const flowsMs = smokeTests.map(
    ({ timeoutMs, retry }) => timeoutMs + (retry?.times ?? 0) * (timeoutMs + (retry?.everyMs ?? 0)),
  );
  return flowsMs.reduce((sum, ms) => sum + ms, healthChecks.length * healthCheckMs);
}
