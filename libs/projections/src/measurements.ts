import type { Breach, MeasurementsTaken, RecordedSample } from '@backstay/deployment';
import type { AlertAction, Comparison, Limit, Plan } from '@backstay/document';
import type { RecordedEvent } from '@backstay/event-sourcing';
import { allOf, knownFacts, lastOf, type DeploymentRecord, type FactOf } from './facts.ts';

/** A limit of the document as it applies to one metric; ratios, milliseconds, bytes. */
export interface ThresholdView {
  readonly operator: Comparison;
  readonly value: number;
  readonly unit: string;
  readonly forMs: number;
  readonly action: AlertAction;
  readonly line: number;
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

export interface MetricView {
  readonly metric: string;
  readonly quantile?: number | undefined;
  readonly unit: string;
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

type Named = { readonly metric: string; readonly quantile?: number | undefined };
type Measured = Named & { readonly unit: string };

/**
 * What was measured, against which limits. The first stream is `measurements-<id>`, the second the deployment's own. Named metrics
 * that were never read are listed without samples.
 */
export function measurements(measurementEvents: readonly RecordedEvent[], deploymentEvents: readonly RecordedEvent[]): Measurements {
  const facts = knownFacts(deploymentEvents);
  const plan = lastOf(facts, 'PlanDrafted')?.data.plan;
  const baseline = lastOf(facts, 'BaselineRecorded')?.data;
  const samples = measurementEvents.filter(isTick).flatMap(({ data }) => data.samples);
  const named = distinct([...(plan?.monitoring.metrics ?? []), ...(plan?.monitoring.thresholds ?? []), ...samples]);
  return { metrics: named.map((each) => metricView(each, samples, plan, baseline, breachesOf(facts))) };
}

const isTick = (event: RecordedEvent): event is RecordedEvent<MeasurementsTaken> => event.type === 'MeasurementsTaken';

const isSame = (a: Named, b: Named): boolean => a.metric === b.metric && a.quantile === b.quantile;

function distinct(all: readonly Measured[]): readonly Measured[] {
  return all.filter((each, index) => all.findIndex((other) => isSame(each, other)) === index);
}

function metricView(
  named: Measured,
  samples: readonly RecordedSample[],
  plan: Plan | undefined,
  baseline: FactOf<'BaselineRecorded'>['data'] | undefined,
  breaches: readonly { breach: Breach; view: BreachView }[],
): MetricView {
  const thresholds = limitsOf(plan).filter(({ limit }) => isSame(limit, named)).map(({ limit, action, line }) => thresholdView(limit, action, line));
  const normal = baseline?.metrics.find((each) => isSame(each, named))?.value;
  return {
    metric: named.metric,
    ...(named.quantile === undefined ? {} : { quantile: named.quantile }),
    unit: named.unit,
    ...(thresholds[0] === undefined ? {} : { threshold: thresholds[0] }),
    thresholds,
    ...(normal == null ? {} : { baseline: normal }),
    breaches: breaches.filter(({ breach }) => isSame(breach, named)).map(({ view }) => view),
    samples: samples.filter((sample) => isSame(sample, named)).map(sampleView),
  };
}

/** Thresholds first, then triggers, each in the document's order. */
function limitsOf(plan: Plan | undefined): { limit: Limit; action: AlertAction; line: number }[] {
  if (plan === undefined) return [];
  const thresholds = plan.monitoring.thresholds.map((limit) => ({ limit, action: limit.action, line: limit.source.line }));
  const triggers = plan.rollback.triggers.flatMap(({ rule, source }) =>
    rule.kind === 'limit' ? [{ limit: rule.limit, action: 'rollback' as const, line: source.line }] : [],
  );
  return [...thresholds, ...triggers];
}

function thresholdView({ operator, value, unit, forMs }: Limit, action: AlertAction, line: number): ThresholdView {
  return { operator, value, unit, forMs, action, line };
}

function sampleView({ time, value, verdict, latencyMs, reason }: RecordedSample): SampleView {
  return { time, value, verdict, latencyMs, ...(reason === undefined ? {} : { reason }) };
}

function breachesOf(facts: readonly DeploymentRecord[]): { breach: Breach; view: BreachView }[] {
  return allOf(facts, 'AlertRaised', 'DegradationDetected', 'RollbackWithheld').map(({ id, type, time, data: { breach } }) => {
    const { sentence, observed, limit } = breach;
    return { breach, view: { eventId: id, type, time, sentence, observed, limit } };
  });
}
