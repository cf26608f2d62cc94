import { Rejection } from '@backstay/event-sourcing';
import { fence } from '../decision.ts';
import type { DeploymentEvent } from '../events.ts';
import { planRestores, refusalOfRestores } from '../restores.ts';
import { deriveRollback } from '../rollback-steps.ts';
import { activeState, type DeploymentState, type RollingBack } from '../state.ts';
import { openStep } from '../steps.ts';
import { released, rollbackDeadline, rollbackFailed, triggerRollback, withFollowing } from '../transitions.ts';
import type { FailRollback, PlanRollback, RollbackCommand } from './commands.ts';

export function decideRollback(command: RollbackCommand, state: DeploymentState): readonly DeploymentEvent[] {
  switch (command.type) {
    case 'TriggerRollback':
      return triggerRollback(command, state);
    case 'PlanRollback':
      return planRollback(command, state);
    case 'FailRollback':
      return failRollback(command, state);
  }
}

function planRollback(
  { target, checks, databases, token, at }: PlanRollback,
  state: DeploymentState,
): readonly DeploymentEvent[] {
  const run = rollingBack(state);
  fence(run, 'rollback', token);
  if (run.rollback !== null) return [];
  const open = openStep(run);
  if (open !== undefined) throw new Rejection('not-quiet', `step ${open.step} may still act`, { step: open.step });
  const steps = deriveRollback(run.drafted.plan, run.steps, run.rollbackPoint);
  const { restores, notRestored } = planRestores(run, at, databases);
  const refusal = refusalOfRestores(restores);
  if (refusal !== null) return [notBegun(run, refusal, at)];
  const known = {
    ...(restores.length === 0 ? {} : { restores }),
    ...(notRestored.length === 0 ? {} : { notRestored }),
  };
  const planned = { steps, target, checks, deadline: rollbackDeadline(run), ...known, at };
  return withFollowing(run, [{ type: 'RollbackPlanned', data: planned }], at);
}

/** What was deployed stays as it is; a rollback of its own has then changed nothing. */
function notBegun({ kind, reason }: RollingBack, refusal: string, at: string): DeploymentEvent {
  const text = `${reason}; ${refusal}`;
  return { type: kind === 'rollback' ? 'DeploymentFailed' : 'DeploymentHalted', data: { reason: text, at } };
}

function failRollback({ reason, at }: FailRollback, state: DeploymentState): readonly DeploymentEvent[] {
  if (state.status === 'rollback-failed') return [];
  const run = rollingBack(activeState(state));
  return [...released(state, 'the rollback ended', at), rollbackFailed(run, reason, at)];
}

function rollingBack(state: DeploymentState): RollingBack {
  if (state.status !== 'rolling-back')
    throw new Rejection('not-rolling-back', `the deployment is ${state.status}`, { status: state.status });
  return state;
}
