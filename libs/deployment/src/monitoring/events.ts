import type { DomainEvent } from '@backstay/event-sourcing';
import type { AlertAction, Evidence } from '@backstay/document';
import type { CheckResult, RecordedBaseline, SyntheticTraffic } from '../values.ts';
import type { Compared } from './judgement/compared.ts';
import type { Sample } from './judgement/sample.ts';

/** One reading of one metric, as it stands in the measurements stream: the sample whole, and `pass` where it is a measurement. */
export type RecordedSample = Readonly<Omit<Sample, 'verdict'>> & {
  readonly verdict: 'pass' | NonNullable<Sample['verdict']>;
};

/** Which measurements a verdict rests on: versions of the measurements stream and the hash of the last of them. */
export interface MeasurementRange {
  readonly stream: string;
  readonly from: number;
  readonly to: number;
  readonly hash: string;
}

/** A broken limit, with the deciding samples whole. */
export interface Breach {
  readonly text: string;
  readonly line: number | null;
  readonly metric: string;
  readonly quantile?: number;
  readonly observed: number | null;
  readonly limit: number | null;
  readonly unit: string;
  readonly forMs: number;
  /** Reads: "error rate was 9.8 % (limit 5 % for 5 s, line 142)". */
  readonly sentence: string;
  readonly samples: readonly RecordedSample[];
  readonly range: MeasurementRange | null;
  /** Of a limit relative to the baseline: what was compared with what, and how that is decided. */
  readonly comparison?: Compared;
}

export type BaselineRecorded = DomainEvent<'BaselineRecorded', RecordedBaseline>;
export type WatchStarted = DomainEvent<
  'WatchStarted',
  {
    readonly from: string;
    readonly until: string;
    readonly measurements: string;
    readonly token: number;
    readonly host: string;
  }
>;
/** Nobody used the service while it was watched: its smoke tests run as steady load, of Backstay's own, to the end of the watch. */
export type SyntheticTrafficStarted = DomainEvent<
  'SyntheticTrafficStarted',
  {
    /** Numbers of the smoke tests. */
    readonly flows: readonly number[];
    /** Time between two requests, at least. */
    readonly everyMs: number;
    readonly token: number;
    readonly host: string;
    readonly at: string;
  }
>;
export type MetricVerdictChanged = DomainEvent<
  'MetricVerdictChanged',
  {
    readonly metric: string;
    readonly quantile?: number;
    readonly from: string | null;
    readonly to: string;
    readonly reason: string | null;
    readonly sample: RecordedSample | null;
    readonly range: MeasurementRange | null;
    readonly at: string;
  }
>;
export type AlertRaised = DomainEvent<
  'AlertRaised',
  { readonly alert: string; readonly action: AlertAction; readonly breach: Breach; readonly at: string }
>;
export type DegradationDetected = DomainEvent<
  'DegradationDetected',
  { readonly trigger: string; readonly breach: Breach; readonly at: string }
>;
/** A limit was broken before anything of the deployment could change what is served: by the version that ran already. */
export type RunningVersionDegraded = DomainEvent<
  'RunningVersionDegraded',
  { readonly trigger: string; readonly breach: Breach; readonly at: string }
>;
/** Shadow mode: it would have rolled back. */
export type RollbackWithheld = DomainEvent<
  'RollbackWithheld',
  { readonly trigger: string; readonly breach: Breach; readonly at: string }
>;
export type LogsRead = DomainEvent<
  'LogsRead',
  {
    readonly evidence: Evidence;
    readonly verdict: 'pass' | 'fail' | 'no-data' | 'error';
    readonly summary: string;
    readonly facts: Readonly<Record<string, unknown>>;
    readonly from: string;
    readonly until: string;
  }
>;
export interface MetricSummary {
  readonly metric: string;
  readonly quantile?: number;
  readonly verdict: string;
  readonly samples: number;
  readonly reason?: string;
  readonly comparison?: Compared;
}
export type MonitoringPassed = DomainEvent<
  'MonitoringPassed',
  {
    readonly metrics: readonly MetricSummary[];
    readonly range: MeasurementRange | null;
    /** Health checks and smoke tests that passed while it was watched by them. Absent: it was not. */
    readonly checks?: number;
    /** How many ticks of the watch are recorded. Absent: recorded before they were counted. */
    readonly ticks?: number;
    /** What Backstay itself sent, for nobody used the service. Absent: nothing. */
    readonly traffic?: SyntheticTraffic;
    readonly at: string;
  }
>;
export type MonitoringFailed = DomainEvent<
  'MonitoringFailed',
  {
    readonly reason: string;
    /** Everything was measured, and the data do not decide. */
    readonly undecided?: true;
    readonly metrics: readonly MetricSummary[];
    readonly range: MeasurementRange | null;
    readonly traffic?: SyntheticTraffic;
    readonly at: string;
  }
>;
/** The intent, recorded before anything is sent. With an attempt beyond the first, an earlier one may have arrived. */
export type NoticeStarted = DomainEvent<
  'NoticeStarted',
  {
    readonly notice: string;
    readonly channel: string;
    readonly attempt: number;
    readonly token: number;
    readonly host: string;
    readonly at: string;
  }
>;
/** `notice` is the id of the event that the notice is about, with the channel. */
export type NoticeDelivered = DomainEvent<
  'NoticeDelivered',
  {
    readonly notice: string;
    readonly channel: string;
    readonly about: string;
    readonly detail: string;
    /** An earlier sending was begun and nobody knows its end: the receiver may have this notice more than once. */
    readonly possiblyRepeated?: true;
    readonly at: string;
  }
>;
export type NoticeFailed = DomainEvent<
  'NoticeFailed',
  {
    readonly notice: string;
    readonly channel: string;
    readonly about: string;
    readonly detail: string;
    /** An earlier sending was begun and nobody knows its end: the receiver may have this notice more than once. */
    readonly possiblyRepeated?: true;
    readonly at: string;
  }
>;

export type MonitoringEvent =
  | BaselineRecorded
  | WatchStarted
  | SyntheticTrafficStarted
  | MetricVerdictChanged
  | AlertRaised
  | DegradationDetected
  | RunningVersionDegraded
  | RollbackWithheld
  | LogsRead
  | MonitoringPassed
  | MonitoringFailed
  | NoticeStarted
  | NoticeDelivered
  | NoticeFailed;

/** The one event type of the stream `measurements-<deployment id>`: a tick with its readings. */
export type MeasurementsTaken = DomainEvent<
  'MeasurementsTaken',
  {
    readonly at: string;
    readonly samples: readonly RecordedSample[];
    /** Health checks and smoke tests that this tick repeated. Absent: none. */
    readonly checks?: readonly CheckResult[];
    /** What Backstay itself sent since the tick before. Absent: nothing. */
    readonly traffic?: SyntheticTraffic;
  }
>;
