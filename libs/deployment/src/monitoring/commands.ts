import type { AlertAction } from '@backstay/document';
import type { CheckResult, SyntheticTraffic } from '../values.ts';
import type { Breach, LogsRead, MeasurementRange, MetricSummary, MetricVerdictChanged } from './events.ts';

interface Fenced {
  readonly token: number;
  readonly at: string;
}

export type BeginWatch = Fenced & {
  readonly type: 'BeginWatch';
  readonly from: string;
  readonly until: string;
  readonly measurements: string;
  readonly host: string;
};
/** Nobody uses the service: the plan's flows are to run as traffic. */
export type BeginTraffic = Fenced & {
  readonly type: 'BeginTraffic';
  readonly everyMs: number;
  readonly host: string;
};
export type ChangeVerdict = Fenced & {
  readonly type: 'ChangeVerdict';
  readonly change: Omit<MetricVerdictChanged['data'], 'at'>;
};
export type RaiseAlert = Fenced & {
  readonly type: 'RaiseAlert';
  readonly alert: string;
  readonly action: AlertAction;
  readonly breach: Breach;
};
export type DetectDegradation = Fenced & {
  readonly type: 'DetectDegradation';
  readonly trigger: string;
  readonly kind: 'limit' | 'degradation' | 'critical-flow' | 'alert' | 'health-checks' | 'smoke-tests';
  readonly breach: Breach;
  /** The flows or health checks that failed, where these are what is broken. */
  readonly checks?: readonly CheckResult[];
  readonly shadow: boolean;
};
export type RecordLogs = Fenced & { readonly type: 'RecordLogs'; readonly logs: LogsRead['data'] };
export type PassMonitoring = Fenced & {
  readonly type: 'PassMonitoring';
  readonly metrics: readonly MetricSummary[];
  /** Checks that passed, where it is watched by them. */
  readonly checks?: number;
  /** Recorded ticks of the watch, all of them within the range. */
  readonly ticks: number;
  readonly traffic?: SyntheticTraffic;
  readonly range: MeasurementRange | null;
};
/** The watch has taken as long as it may, and too little of it was watched. */
export type AskUnwatched = Fenced & { readonly type: 'AskUnwatched'; readonly reason: string };
export type FailMonitoring = Fenced & {
  readonly type: 'FailMonitoring';
  readonly reason: string;
  /** Everything was measured, and the data do not decide: a person does, whatever the document says of missing data. */
  readonly undecided?: boolean;
  readonly traffic?: SyntheticTraffic;
  readonly metrics: readonly MetricSummary[];
  readonly range: MeasurementRange | null;
};
export type BeginNotice = Fenced & {
  readonly type: 'BeginNotice';
  readonly notice: string;
  readonly channel: string;
  readonly host: string;
};
export type RecordNotice = {
  readonly type: 'RecordNotice';
  readonly notice: string;
  readonly channel: string;
  readonly about: string;
  readonly delivered: boolean;
  readonly detail: string;
  readonly at: string;
};

export type MonitoringCommand =
  | BeginWatch
  | BeginTraffic
  | ChangeVerdict
  | RaiseAlert
  | DetectDegradation
  | RecordLogs
  | PassMonitoring
  | AskUnwatched
  | FailMonitoring
  | BeginNotice
  | RecordNotice;
