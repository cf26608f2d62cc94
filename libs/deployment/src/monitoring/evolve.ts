import { canonicalJson } from '@backstay/event-sourcing';
import type { AlertAction } from '@backstay/document';
import { changeRun, changeUnder, isEnded, type Active, type DeploymentState, type Running } from '../state.ts';
import type { Notice } from '../values.ts';
import type { MonitoringEvent } from './events.ts';

export function evolveMonitoring(state: DeploymentState, event: MonitoringEvent): DeploymentState {
  if (state.status === 'none') return state;
  switch (event.type) {
    case 'BaselineRecorded':
      return onActive(state, (active) => ({ ...active, baseline: event.data }));
    case 'WatchStarted': {
      const { from, until, measurements } = event.data;
      return onActive(state, (active) =>
        active.status === 'monitoring' ? { ...active, watch: { from, until, measurements, traffic: null } } : active,
      );
    }
    case 'SyntheticTrafficStarted': {
      const { everyMs } = event.data;
      return onActive(state, (active) =>
        active.status === 'monitoring' && active.watch !== null
          ? { ...active, watch: { ...active.watch, traffic: { everyMs } } }
          : active,
      );
    }
    case 'AlertRaised': {
      const { alert, action, breach } = event.data;
      return changeRun(state, (run) => ({
        ...run,
        alerts: [...run.alerts, event.data],
        pendingNotices: [...run.pendingNotices, ...noticesOf(run, alert, action, breach.sentence)],
      }));
    }
    case 'LogsRead':
      return changeRun(state, (run) => ({ ...run, logsRead: true }));
    case 'NoticeStarted': {
      const { notice, attempt, token } = event.data;
      return changeNotices(state, (pending) =>
        pending.map((each) => (each.notice === notice ? { ...each, sending: { attempt, token } } : each)),
      );
    }
    case 'NoticeDelivered':
    case 'NoticeFailed':
      return changeNotices(state, (pending) => pending.filter(({ notice }) => notice !== event.data.notice));
    case 'MetricVerdictChanged': {
      const { at: _at, ...change } = event.data;
      return changeRun(state, (run) => ({
        ...run,
        verdicts: { ...run.verdicts, [verdictKey(change)]: canonicalJson(change) },
      }));
    }
    case 'RunningVersionDegraded':
      return changeRun(state, (run) => ({ ...run, degradedBefore: [...run.degradedBefore, event.data.trigger] }));
    case 'RollbackWithheld':
      return changeRun(state, (run) => ({ ...run, withheld: [...run.withheld, event.data.trigger] }));
    case 'MonitoringPassed':
      return onActive(state, (active) =>
        active.status === 'monitoring' ? { ...active, watchComplete: true } : active,
      );
    case 'DegradationDetected':
    case 'MonitoringFailed':
      return state;
  }
}

function changeNotices(
  state: Exclude<DeploymentState, { status: 'none' }>,
  change: (pending: readonly Notice[]) => readonly Notice[],
): DeploymentState {
  const changed = <S extends { readonly pendingNotices: readonly Notice[] }>(run: S): S => ({
    ...run,
    pendingNotices: change(run.pendingNotices),
  });
  return isEnded(state) ? changed(state) : changeRun(state, changed);
}

function onActive(
  state: Exclude<DeploymentState, { status: 'none' }>,
  change: (active: Active) => Active,
): DeploymentState {
  return isEnded(state) ? state : changeUnder(state, change);
}

export function verdictKey({ metric, quantile }: { readonly metric: string; readonly quantile?: number }): string {
  return quantile === undefined ? metric : `${metric} ${quantile}`;
}

/** `page` goes to on-call and `notify:CHANNEL` to that channel; a warning is an event and nothing more. */
function noticesOf({ alerts }: Running, alert: string, action: AlertAction, sentence: string): readonly Notice[] {
  const channel = action === 'page' ? 'on-call' : action.startsWith('notify:') ? action.slice('notify:'.length) : null;
  return channel === null
    ? []
    : [{ notice: `alert.${alerts.length + 1}.${channel}`, channel, about: `${alert}: ${sentence}` }];
}
