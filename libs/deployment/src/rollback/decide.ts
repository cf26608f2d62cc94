import { Rejection } from '@backstay/event-sourcing';
import { after, fence, known } from '../decision.ts';
import type { DeploymentEvent } from '../events.ts';
import { hasMutated, isDone, isPastIrreversible } from '../journal.ts';
import { isEnded, underlying, type DeploymentState, type RollingBack } from '../state.ts';
import type { FailRollback, PlanRollback, RollbackCommand, TriggerRollback } from './commands.ts';
import { deriveRollback } from './derive.ts';

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
export function triggerRollback({ trigger, reason, at }: TriggerRollback, state: DeploymentState): readonly DeploymentEvent[] {
  const whole = underlying(known(state));
  if (whole.status === 'none' || isEnded(whole)) throw new Rejection('ended', `the deployment is ${whole.status}`, { status: whole.status });
  if (whole.status === 'rolling-back') return [];
  const released: DeploymentEvent[] = state.status === 'held' ? [{ type: 'DeploymentReleased', data: { why: 'it is rolled back', at } }] : [];
  if (whole.status === 'planning' || !hasMutated(whole)) return [...released, { type: 'DeploymentCancelled', data: { reason, at } }];
  if (isPastIrreversible(whole)) {
    const halted = `${reason}; a step without a way back was begun, so a person must decide`;
    return [...released, { type: 'DeploymentHalted', data: { reason: halted, at } }];
  }
  return [...released, { type: 'RollbackTriggered', data: { trigger, reason, fromStatus: state.status, at } }];
}

function planRollback({ target, checks, token, at }: PlanRollback, state: DeploymentState): readonly DeploymentEvent[] {
  const run = rollingBack(state);
  fence(run, 'rollback', token);
  if (run.rollback !== null) return [];
  const { plan } = run.drafted;
  const deadline = after(run.triggeredAt, plan.rollback.timeoutMs);
  return [{ type: 'RollbackPlanned', data: { steps: deriveRollback(plan, run.steps), target, checks, deadline, at } }];
}

function failRollback({ reason, at }: FailRollback, state: DeploymentState): readonly DeploymentEvent[] {
  if (state.status === 'rollback-failed') return [];
  const run = rollingBack(state);
  const left = (run.rollback?.steps ?? []).filter((step) => !isDone(run, step));
  const deviations = left.map(({ id, title }) => `${id} ${title}: not done`);
  return [{ type: 'RollbackFailed', data: { reason, step: null, deviations, at } }];
}

function rollingBack(state: DeploymentState): RollingBack {
  if (state.status !== 'rolling-back') throw new Rejection('not-rolling-back', `the deployment is ${state.status}`, { status: state.status });
  return state;
}
