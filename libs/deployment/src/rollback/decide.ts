import { Rejection } from '@backstay/event-sourcing';
import { fence, known } from '../decision.ts';
import type { DeploymentEvent } from '../events.ts';
import { onward } from '../execution/onward.ts';
import { hasMutated, isPastIrreversible, openStep } from '../journal.ts';
import { isEnded, underlying, type DeploymentState, type RollingBack } from '../state.ts';
import type { FailRollback, PlanRollback, RollbackCommand, TriggerRollback } from './commands.ts';
import { deadlineOf } from './deadline.ts';
import { deriveRollback } from './derive.ts';
import { rollbackFailed } from './outcome.ts';
import { refusalOfRestores, restoresOf } from './restores.ts';

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

/** One rollback per deployment: a second trigger while it runs changes nothing, and what is ended stays ended. */
export function triggerRollback(
  { trigger, reason, at }: TriggerRollback,
  state: DeploymentState,
): readonly DeploymentEvent[] {
  const whole = underlying(known(state));
  if (whole.status === 'none' || isEnded(whole))
    throw new Rejection('ended', `the deployment is ${whole.status}`, { status: whole.status });
  if (whole.status === 'rolling-back') return [];
  const released: DeploymentEvent[] =
    state.status === 'held' ? [{ type: 'DeploymentReleased', data: { why: 'it is rolled back', at } }] : [];
  if (whole.status === 'planning' || !hasMutated(whole)) return [...released, unchanged(trigger, reason, at)];
  if (isPastIrreversible(whole)) {
    const halted = `${reason}; a step without a way back was begun, so a person must decide`;
    return [...released, { type: 'DeploymentHalted', data: { reason: halted, at } }];
  }
  return [...released, { type: 'RollbackTriggered', data: { trigger, reason, fromStatus: state.status, at } }];
}

/** Nothing was changed, so nothing is taken back: a person's word cancels, everything else is a failure. */
function unchanged({ kind }: TriggerRollback['trigger'], reason: string, at: string): DeploymentEvent {
  const byPerson = kind === 'manual' || kind === 'cancelled';
  return { type: byPerson ? 'DeploymentCancelled' : 'DeploymentFailed', data: { reason, at } };
}

function planRollback({ target, checks, token, at }: PlanRollback, state: DeploymentState): readonly DeploymentEvent[] {
  const run = rollingBack(state);
  fence(run, 'rollback', token);
  if (run.rollback !== null) return [];
  const open = openStep(run);
  if (open !== undefined) throw new Rejection('not-quiet', `step ${open.step} may still act`, { step: open.step });
  const steps = deriveRollback(run.drafted.plan, run.steps, run.rollbackPoint);
  const restores = restoresOf(run, at);
  const refusal = refusalOfRestores(restores);
  if (refusal !== null) return [notBegun(run, refusal, at)];
  const told = restores.length === 0 ? {} : { restores };
  const planned = { steps, target, checks, deadline: deadlineOf(run), ...told, at };
  return onward(run, [{ type: 'RollbackPlanned', data: planned }], at);
}

/** What was deployed stays as it is; a rollback of its own has then changed nothing. */
function notBegun({ kind, reason }: RollingBack, refusal: string, at: string): DeploymentEvent {
  const told = `${reason}; ${refusal}`;
  return { type: kind === 'rollback' ? 'DeploymentFailed' : 'DeploymentHalted', data: { reason: told, at } };
}

function failRollback({ reason, at }: FailRollback, state: DeploymentState): readonly DeploymentEvent[] {
  if (state.status === 'rollback-failed') return [];
  const run = rollingBack(underlying(state));
  const released: DeploymentEvent[] =
    state.status === 'held' ? [{ type: 'DeploymentReleased', data: { why: 'the rollback ended', at } }] : [];
  return [...released, rollbackFailed(run, reason, at)];
}

function rollingBack(state: DeploymentState): RollingBack {
  if (state.status !== 'rolling-back')
    throw new Rejection('not-rolling-back', `the deployment is ${state.status}`, { status: state.status });
  return state;
}
