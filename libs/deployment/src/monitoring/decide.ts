import { Rejection } from '@backstay/event-sourcing';
import { after, fence, running } from '../decision.ts';
import type { DeploymentEvent } from '../events.ts';
import { hasMutated } from '../journal.ts';
import { triggerRollback } from '../rollback/decide.ts';
import { isEnded, isRunning, underlying, type DeploymentState, type Monitoring, type Running } from '../state.ts';
import { checkFacts } from '../verification/decide.ts';
import type { BeginWatch, DetectDegradation, FailMonitoring, MonitoringCommand, PassMonitoring, RecordNotice } from './commands.ts';
import { succeeded } from './outcome.ts';

export function decideMonitoring(command: MonitoringCommand, state: DeploymentState): readonly DeploymentEvent[] {
  switch (command.type) {
    case 'BeginWatch':
      return beginWatch(command, state);
    case 'ChangeVerdict':
      return armed(state) ? [{ type: 'MetricVerdictChanged', data: { ...command.change, at: command.at } }] : [];
    case 'RaiseAlert': {
      const { alert, action, breach, at } = command;
      return armed(state) ? [{ type: 'AlertRaised', data: { alert, action, breach, at } }] : [];
    }
    case 'DetectDegradation':
      return detectDegradation(command, state);
    case 'RecordLogs':
      return watching(state).logsRead ? [] : [{ type: 'LogsRead', data: command.logs }];
    case 'PassMonitoring':
      return passMonitoring(command, state);
    case 'FailMonitoring':
      return failMonitoring(command, state);
    case 'RecordNotice':
      return recordNotice(command, state);
  }
}

function beginWatch({ from, until, measurements, token, host }: BeginWatch, state: DeploymentState): readonly DeploymentEvent[] {
  const run = watching(state);
  fence(run, 'monitoring', token);
  return run.watch === null ? [{ type: 'WatchStarted', data: { from, until, measurements, token, host } }] : [];
}

/** Triggers stay armed in every state in which something was changed and nothing is being taken back, also while held. */
function armed(state: DeploymentState): Running | null {
  const whole = underlying(state);
  return isRunning(whole) && whole.status !== 'rolling-back' && hasMutated(whole) ? whole : null;
}

function detectDegradation(command: DetectDegradation, state: DeploymentState): readonly DeploymentEvent[] {
  const { trigger, kind, breach, checks, shadow, at } = command;
  const run = armed(state);
  if (run === null) return [];
  fence(run, 'monitoring', command.token);
  const facts = checkFacts(checks ?? [], 'watch');
  if (shadow) return [...facts, { type: 'RollbackWithheld', data: { trigger, breach, at } }];
  const rule = { kind, text: trigger, line: breach.line, by: 'backstay' };
  const rollback = triggerRollback({ type: 'TriggerRollback', trigger: rule, reason: breach.sentence, at }, state);
  return [...facts, { type: 'DegradationDetected', data: { trigger, breach, at } }, ...rollback];
}

function passMonitoring({ metrics, range, token, at }: PassMonitoring, state: DeploymentState): readonly DeploymentEvent[] {
  if (state.status === 'succeeded') return [];
  const run = watching(state);
  fence(run, 'monitoring', token);
  return [{ type: 'MonitoringPassed', data: { metrics, range, at } }, succeeded(run, at)];
}

function failMonitoring({ reason, metrics, range, token, at }: FailMonitoring, state: DeploymentState): readonly DeploymentEvent[] {
  const run = watching(state);
  fence(run, 'monitoring', token);
  const failed: DeploymentEvent = { type: 'MonitoringFailed', data: { reason, metrics, range, at } };
  const { then } = run.drafted.plan.monitoring.onNoData;
  if (then !== 'fail') {
    const hold = { code: 'no-data' as const, why: reason, duty: then.slice('ask:'.length), step: null, winner: null };
    return [failed, { type: 'DeploymentHeld', data: { ...hold, until: after(at, 86_400_000), at } }];
  }
  const trigger = { kind: 'no-data' as const, text: 'On no data', line: null, by: 'backstay' };
  return [failed, ...triggerRollback({ type: 'TriggerRollback', trigger, reason, at }, state)];
}

function recordNotice({ type: _type, delivered, ...notice }: RecordNotice, state: DeploymentState): readonly DeploymentEvent[] {
  const whole = underlying(state);
  const owed = whole.status === 'none' || whole.status === 'planning' ? [] : whole.owed;
  if (!owed.some((each) => each.notice === notice.notice)) return [];
  return [{ type: delivered ? 'NoticeDelivered' : 'NoticeFailed', data: notice }];
}

function watching(state: DeploymentState): Monitoring {
  if (isEnded(state)) throw new Rejection('ended', `the deployment is ${state.status}`);
  const run = running(state);
  if (run.status !== 'monitoring') throw new Rejection('not-monitoring', `the deployment is ${run.status}`, { status: run.status });
  return run;
}
