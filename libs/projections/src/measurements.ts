import {
  measureKey,
  measuresOf,
  rulesOf,
  sameMeasure,
  type Breach,
  type KnownBaseline,
  type Measure,
  type MeasurementsTaken,
  type RecordedSample,
  type Rule,
} from '@backstay/deployment';
import type { AlertAction, Comparison, Plan } from '@backstay/document';
import type { RecordedEvent } from '@backstay/event-sourcing';
import { allOf, knownRecords, lastOf, type DeploymentRecord } from './events.ts';

/** A limit of the document as it applies to one metric; ratios, milliseconds, bytes. */
export interface ThresholdView {
  readonly kind: 'threshold' | 'trigger';
  readonly operator: Comparison;
  readonly value: number;
  readonly unit: string;
  readonly forMs: number;
  readonly action: AlertAction | null;
  readonly line: number;
  readonly text: string;
}

export interface SampleView {
  readonly time: string;
  readonly value: number | null;
  readonly verdict: string;
  readonly latencyMs: number;
  readonly reason?: string | undefined;
}

export interface BreachView {
  readonly eventId: string;
  readonly type: 'AlertRaised' | 'DegradationDetected' | 'RollbackWithheld';
  readonly time: string;
  readonly sentence: string;
  readonly observed: number | null;
  readonly limit: number | null;
}

/** One metric over one window; two limits with different windows are two entries. */
export interface MetricView {
  readonly metric: string;
  readonly quantile?: number | undefined;
  readonly unit: string;
  readonly windowMs: number;
  /** The document's first limit on it; `thresholds` holds all of them. */
  readonly threshold?: ThresholdView | undefined;
  readonly thresholds: readonly ThresholdView[];
  /** What was normal before the deployment, in `unit`. */
  readonly baseline?: number | undefined;
  readonly breaches: readonly BreachView[];
  readonly samples: readonly SampleView[];
}

export interface Measurements {
  readonly metrics: readonly MetricView[];
}

type Measured = Pick<Measure, 'metric' | 'quantile' | 'unit' | 'windowMs'>;

/** What all metrics are looked up in. */
interface Material {
  readonly samples: readonly RecordedSample[];
  readonly rules: readonly Rule[];
  readonly baseline: KnownBaseline;
  readonly breaches: readonly { readonly breach: Breach; readonly view: BreachView }[];
}

/**
 * What was measured, against which limits. The first stream is `measurements-<id>`, the second the deployment's own. Metrics of
 * the plan that were never read are listed without samples.
 */
export function measurements(
  measurementEvents: readonly RecordedEvent[],
  deploymentEvents: readonly RecordedEvent[],
): Measurements {
  const records = knownRecords(deploymentEvents);
  const plan = lastOf(records, 'PlanDrafted')?.data.plan;
  const samples = measurementEvents.filter(isTick).flatMap(({ data }) => data.samples);
  const baseline = baselineOf(records);
  const material = { samples, baseline, rules: limitsOf(plan, baseline), breaches: breachesOf(records) };
  const measured: readonly Measured[] = [...(plan === undefined ? [] : measuresOf(plan)), ...samples];
  const distinct = new Map(measured.map((each) => [measureKey(each), each]));
  return { metrics: [...distinct.values()].map((each) => metricView(each, material)) };
}

export const isTick = (event: RecordedEvent): event is RecordedEvent<MeasurementsTaken> =>
  event.type === 'MeasurementsTaken';

/** null: none was measured, as before a first deployment. */
function baselineOf(records: readonly DeploymentRecord[]): KnownBaseline {
  const recorded = lastOf(records, 'BaselineRecorded')?.data;
  if (recorded === undefined || recorded.skipped !== null) return null;
  const metrics = recorded.metrics.map(({ value, ...metric }) => ({ ...metric, median: value }));
  return { from: recorded.from, to: recorded.to, metrics };
}

/** Thresholds first, then triggers, each in the document's order; a limit that nothing could be computed for is none. */
function limitsOf(plan: Plan | undefined, baseline: KnownBaseline): readonly Rule[] {
  return plan === undefined
    ? []
    : rulesOf(plan, baseline).filter(({ kind, unjudged }) => kind !== 'criterion' && unjudged === undefined);
}

function metricView(measure: Measured, { samples, rules, baseline, breaches }: Material): MetricView {
  const { metric, quantile, unit, windowMs } = measure;
  const thresholds = rules
    .filter(({ limit }) => sameMeasure({ ...limit, windowMs: limit.overMs }, measure))
    .map(thresholdView);
  const normal = baseline?.metrics.find((each) => sameMeasure(each, measure))?.median;
  return {
    metric,
    ...(quantile === undefined ? {} : { quantile }),
    unit,
    windowMs,
    ...(thresholds[0] === undefined ? {} : { threshold: thresholds[0] }),
    thresholds,
    ...(normal === undefined ? {} : { baseline: normal }),
    breaches: breaches
      .filter(({ breach }) => breach.metric === metric && breach.quantile === quantile)
      .map(({ view }) => view),
    samples: samples.filter((sample) => sameMeasure(sample, measure)).map(sampleView),
  };
}

function thresholdView({ kind, limit, action, line, text }: Rule): ThresholdView {
  const { operator, value, unit, forMs } = limit;
  return { kind: kind === 'trigger' ? 'trigger' : 'threshold', operator, value, unit, forMs, action, line, text };
}

function sampleView({ time, value, verdict, latencyMs, reason }: RecordedSample): SampleView {
  return { time, value, verdict, latencyMs, ...(reason === undefined ? {} : { reason }) };
}

function breachesOf(records: readonly DeploymentRecord[]): Material['breaches'] {
  return allOf(records, 'AlertRaised', 'DegradationDetected', 'RollbackWithheld').map(
    ({ id, type, time, data: { breach } }) => {
      const { sentence, observed, limit } = breach;
      return { breach, view: { eventId: id, type, time, sentence, observed, limit } };
    },
  );
}
