import { isWatchedByChecks, trafficFlows } from '@backstay/document';
import { canonicalJson, Rejection } from '@backstay/event-sourcing';
import { checkEvents } from '../checks.ts';
import { fence, isPast, known, running } from '../decision.ts';
import type { DeploymentEvent } from '../events.ts';
import { isEnded, isRunning, activeState, type DeploymentState, type Monitoring, type Running } from '../state.ts';
import { countsFrom, hasMutated, mayHaveChangedServed, runningVersionItem, watchItem } from '../steps.ts';
import { concluded, heldFor, heldUnwatched, triggerRollback } from '../transitions.ts';
import type {
  AskUnwatched,
  BeginNotice,
  BeginTraffic,
  BeginWatch,
  ChangeVerdict,
  DetectDegradation,
  FailMonitoring,
  MonitoringCommand,
  PassMonitoring,
  RaiseAlert,
  RecordLogs,
  RecordNotice,
} from './commands.ts';
import type { Breach, MeasurementRange } from './events.ts';
import { verdictKey } from './evolve.ts';
import type { Notice } from '../values.ts';
import { ticksNeeded } from '../watched-time.ts';

export function decideMonitoring(command: MonitoringCommand, state: DeploymentState): readonly DeploymentEvent[] {
  switch (command.type) {
    case 'BeginWatch':
      return beginWatch(command, state);
    case 'BeginTraffic':
      return beginTraffic(command, state);
    case 'ChangeVerdict':
      return changeVerdict(command, state);
    case 'RaiseAlert':
      return raiseAlert(command, state);
    case 'DetectDegradation':
      return detectDegradation(command, state);
    case 'RecordLogs':
      return recordLogs(command, state);
    case 'PassMonitoring':
      return passMonitoring(command, state);
    case 'AskUnwatched':
      return askUnwatched(command, state);
    case 'FailMonitoring':
      return failMonitoring(command, state);
    case 'BeginNotice':
      return beginNotice(command, state);
    case 'RecordNotice':
      return recordNotice(command, state);
  }
}

function changeVerdict({ change, token, at }: ChangeVerdict, state: DeploymentState): readonly DeploymentEvent[] {
  const run = guarded(state);
  if (run === null) return [];
  fence(run, 'monitoring', token);
  return run.verdicts[verdictKey(change)] === canonicalJson(change)
    ? []
    : [{ type: 'MetricVerdictChanged', data: { ...change, at } }];
}

/** The same breach of the same threshold is reported once. */
function raiseAlert(
  { alert, action, breach, token, at }: RaiseAlert,
  state: DeploymentState,
): readonly DeploymentEvent[] {
  const run = guarded(state);
  if (run === null) return [];
  fence(run, 'monitoring', token);
  const isKnown = run.alerts.some(
    (each) => each.alert === alert && canonicalJson(each.breach) === canonicalJson(breach),
  );
  return isKnown ? [] : [{ type: 'AlertRaised', data: { alert, action, breach, at } }];
}

function recordLogs({ logs, token }: RecordLogs, state: DeploymentState): readonly DeploymentEvent[] {
  if (isLate(state)) return [];
  const run = watching(state);
  fence(run, 'monitoring', token);
  return run.logsRead ? [] : [{ type: 'LogsRead', data: logs }];
}

function beginWatch(
  { from, until, measurements, token, host }: BeginWatch,
  state: DeploymentState,
): readonly DeploymentEvent[] {
  const run = watching(state);
  fence(run, 'monitoring', token);
  return run.watch === null ? [{ type: 'WatchStarted', data: { from, until, measurements, token, host } }] : [];
}

/** Once for a watch: whoever takes it up again goes on with it. */
function beginTraffic({ everyMs, token, host, at }: BeginTraffic, state: DeploymentState): readonly DeploymentEvent[] {
  if (isLate(state)) return [];
  const run = watching(state);
  fence(run, 'monitoring', token);
  if (run.watch === null) throw new Rejection('not-watched', 'traffic is part of a watch, and none has begun');
  const flows = trafficFlows(run.drafted.plan).map(({ number }) => number);
  if (flows.length === 0) throw new Rejection('no-traffic', 'no smoke test of the plan may run as traffic');
  return run.watch.traffic === null
    ? [{ type: 'SyntheticTrafficStarted', data: { flows, everyMs, token, host, at } }]
    : [];
}

/** What is measured counts from the first change or from the watch on, until something is taken back; also while held. */
function guarded(state: DeploymentState): Running | null {
  const active = activeState(state);
  if (!isRunning(active) || active.status === 'rolling-back') return null;
  return active.status === 'monitoring' || hasMutated(active) ? active : null;
}

/** Triggers ask for a rollback once a step was begun that can change what is served, and to the end of the watch. */
const isArmed = (run: Running): boolean => run.status === 'monitoring' || mayHaveChangedServed(run);

/** Nothing new serves yet: it is the running version that is bad, and a person says whether to go on beside that. */
function degradedBefore(
  { trigger, breach, at }: DetectDegradation,
  run: Running,
  state: DeploymentState,
): readonly DeploymentEvent[] {
  if (state.status === 'held' || run.degradedBefore.includes(trigger)) return [];
  const why = `${breach.sentence}, before anything of ${run.drafted.plan.version} could serve`;
  return [
    { type: 'RunningVersionDegraded', data: { trigger, breach, at } },
    heldFor('on-call', { code: 'old-version-degraded', why, step: runningVersionItem }, at),
  ];
}

function detectDegradation(command: DetectDegradation, state: DeploymentState): readonly DeploymentEvent[] {
  const { trigger, kind, breach, checks, shadow, at } = command;
  const run = guarded(state);
  if (run === null) return [];
  fence(run, 'monitoring', command.token);
  if (beganBefore(countsFrom(run), breach)) return [];
  if (!isArmed(run)) return shadow ? [] : degradedBefore(command, run, state);
  const events = checkEvents(checks ?? [], 'watch');
  if (shadow)
    return run.withheld.includes(trigger)
      ? []
      : [...events, { type: 'RollbackWithheld', data: { trigger, breach, at } }];
  const rule = { kind, text: trigger, line: breach.line, by: 'backstay' };
  const rollback = triggerRollback({ trigger: rule, reason: breach.sentence, at }, state);
  return [...events, { type: 'DegradationDetected', data: { trigger, breach, at } }, ...rollback];
}

/**
 * A breach that began before the triggers were armed is not the new version's, and one that a person has looked at is no news: either is
 * judged by what was measured since.
 */
function beganBefore(since: string | null, { samples: [first] }: Breach): boolean {
  return since !== null && first !== undefined && Date.parse(first.time) < Date.parse(since);
}

function passMonitoring(
  { metrics, ticks, range, checks, traffic, token, at }: PassMonitoring,
  state: DeploymentState,
): readonly DeploymentEvent[] {
  if (isLate(state)) return [];
  const run = watching(state);
  fence(run, 'monitoring', token);
  if (run.watch === null || !isPast(run.watch.until, at))
    throw new Rejection('watch-not-over', 'nothing has passed before its watch is over');
  mustBeWatched(ticks, range, run);
  // In shadow mode what was found, or was not, is recorded, and the deployment goes on.
  const { mode } = run.drafted.plan.monitoring;
  const checked = isWatchedByChecks(run.drafted.plan) && (checks ?? 0) > 0;
  if (mode === 'active' && !checked && metrics.every(({ samples }) => samples === 0)) {
    throw new Rejection('nothing-measured', 'a watch that measured nothing has not passed');
  }
  return [
    {
      type: 'MonitoringPassed',
      data: { metrics, range, ticks, ...(checked ? { checks } : {}), ...(traffic ? { traffic } : {}), at },
    },
    ...concluded(run, at),
  ];
}

/** Watched time is what the recorded ticks stand for; what nobody watched has not passed, however long it took. */
function mustBeWatched(ticks: number, range: MeasurementRange | null, { drafted }: Monitoring): void {
  const needed = ticksNeeded(drafted.plan.monitoring);
  const recorded = range === null ? 0 : range.to - range.from + 1;
  if (Math.min(ticks, recorded) >= needed) return;
  const message = `${ticks} ticks were counted and ${recorded} are recorded of the ${needed} of the watch`;
  throw new Rejection('watched-too-little', message, { ticks, recorded, needed });
}

/** Nobody knows how the release fared: it is not to blame for that, and it has not passed. */
function askUnwatched({ reason, token, at }: AskUnwatched, state: DeploymentState): readonly DeploymentEvent[] {
  if (isLate(state)) return [];
  fence(watching(state), 'monitoring', token);
  return [heldUnwatched(reason, at)];
}

function failMonitoring(
  { reason, undecided, traffic, metrics, range, token, at }: FailMonitoring,
  state: DeploymentState,
): readonly DeploymentEvent[] {
  if (isLate(state)) return [];
  const run = watching(state);
  fence(run, 'monitoring', token);
  const open = { ...(undecided === true ? { undecided } : {}), ...(traffic ? { traffic } : {}) };
  const failed: DeploymentEvent = { type: 'MonitoringFailed', data: { reason, ...open, metrics, range, at } };
  // Noise is no degradation: what may be either never asks for a rollback by itself.
  if (undecided) return [failed, heldFor('on-call', { code: 'undecided', why: reason, step: watchItem }, at)];
  const { then } = run.drafted.plan.monitoring.onNoData;
  if (then !== 'fail') {
    const hold = { code: 'no-data' as const, why: reason, step: watchItem };
    return [failed, heldFor(then.slice('ask:'.length), hold, at)];
  }
  const trigger = { kind: 'no-data' as const, text: 'On no data', line: null, by: 'backstay' };
  return [failed, ...triggerRollback({ trigger, reason, at }, state)];
}

/** Each holder that is about to send says so: a sending whose end was never recorded may have arrived. */
function beginNotice(
  { notice, channel, token, host, at }: BeginNotice,
  state: DeploymentState,
): readonly DeploymentEvent[] {
  const pending = pendingNotice(state, notice);
  if (pending === undefined) return [];
  fence(known(activeState(state)), 'execution', token);
  if (pending.sending?.token === token) return [];
  const attempt = (pending.sending?.attempt ?? 0) + 1;
  return [{ type: 'NoticeStarted', data: { notice, channel, attempt, token, host, at } }];
}

function recordNotice(
  { type: _type, delivered, ...notice }: RecordNotice,
  state: DeploymentState,
): readonly DeploymentEvent[] {
  const pending = pendingNotice(state, notice.notice);
  if (pending === undefined) return [];
  const repeated = (pending.sending?.attempt ?? 1) > 1 ? { possiblyRepeated: true as const } : {};
  return [{ type: delivered ? 'NoticeDelivered' : 'NoticeFailed', data: { ...notice, ...repeated } }];
}

function pendingNotice(state: DeploymentState, notice: string): Notice | undefined {
  const active = activeState(state);
  if (active.status === 'none' || active.status === 'planning') return undefined;
  return active.pendingNotices.find((each) => each.notice === notice);
}

/** A verdict on a watch that already has one, or that no longer matters, changes nothing. */
function isLate(state: DeploymentState): boolean {
  const active = activeState(state);
  const { status } = active;
  if (active.status === 'monitoring' && active.watchComplete) return true;
  return isEnded(state) || status === 'rolling-back' || (state.status === 'held' && state.hold.step === watchItem);
}

function watching(state: DeploymentState): Monitoring {
  const run = running(state);
  if (run.status !== 'monitoring')
    throw new Rejection('not-monitoring', `the deployment is ${run.status}`, { status: run.status });
  return run;
}
