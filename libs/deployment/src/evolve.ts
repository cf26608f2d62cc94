import type { DeploymentEvent } from './events.ts';
import { evolveExecution } from './execution/evolve.ts';
import type { ExecutionEvent } from './execution/events.ts';
import { evolveMonitoring } from './monitoring/evolve.ts';
import type { MonitoringEvent } from './monitoring/events.ts';
import type { Phase } from './phase.ts';
import { evolvePlanning } from './planning/evolve.ts';
import type { PlanningEvent } from './planning/events.ts';
import { evolveRollback } from './rollback/evolve.ts';
import type { RollbackEvent } from './rollback/events.ts';
import { phaseOfStepId } from './steps.ts';
import { fencedBy, isDeploymentEventType, sliceOf } from './catalogue.ts';
import { activeState, isRunning, type DeploymentState } from './state.ts';
import { evolveVerification } from './verification/evolve.ts';
import type { VerificationEvent } from './verification/events.ts';

/** Folds one event. An event of a type that this version does not know leaves the state unchanged; a phase must not act on such a state. */
export function evolveDeployment(state: DeploymentState, event: DeploymentEvent): DeploymentState {
  return isDeploymentEventType(event.type) ? moved(withToken(evolveSlice(state, event), event), event) : state;
}

function evolveSlice(state: DeploymentState, event: DeploymentEvent): DeploymentState {
  switch (sliceOf(event.type)) {
    case 'planning':
      return evolvePlanning(state, event as PlanningEvent);
    case 'execution':
      return evolveExecution(state, event as ExecutionEvent);
    case 'verification':
      return evolveVerification(state, event as VerificationEvent);
    case 'monitoring':
      return evolveMonitoring(state, event as MonitoringEvent);
    case 'rollback':
      return evolveRollback(state, event as RollbackEvent);
  }
}

/** An observation of monitoring during a step does not show that a phase still runs the step, so it is not progress. */
function moved(state: DeploymentState, { type, data }: DeploymentEvent): DeploymentState {
  if (!isRunning(state) || !('at' in data)) return state;
  const isBystander = sliceOf(type) === 'monitoring' && state.status !== 'monitoring';
  return isBystander ? state : { ...state, movedAt: data.at };
}

/** Remembers the highest fencing token of each phase, so that fencing works on every store. */
function withToken(state: DeploymentState, event: DeploymentEvent): DeploymentState {
  if (state.status === 'none') return state;
  const used = tokenOf(state, event);
  if (used === null || (state.tokens[used.phase] ?? 0) >= used.token) return state;
  const tokens = { ...state.tokens, [used.phase]: used.token };
  return state.status === 'held' ? { ...state, tokens, under: { ...state.under, tokens } } : { ...state, tokens };
}

function tokenOf(
  state: Exclude<DeploymentState, { status: 'none' }>,
  event: DeploymentEvent,
): { phase: Phase; token: number } | null {
  const fenced = fencedBy(event);
  if (fenced === null || !('token' in event.data)) return null;
  const phase = fenced === 'step' ? stepPhaseIn(activeState(state), event.data) : fenced;
  return phase === null ? null : { phase, token: event.data.token };
}

function stepPhaseIn(active: ReturnType<typeof activeState>, data: DeploymentEvent['data']): Phase | null {
  const step = 'step' in data ? data.step : null;
  return active.status === 'none' || step === null ? null : phaseOfStepId(active.drafted, step);
}
