import type { AlertAction, Criterion, Limit, Threshold, Trigger } from '@backstay/document';
import { referenceOf, type Incomparable, type Reference } from './comparison.ts';
import type { Baseline, BaselineMetric } from './baseline.ts';
import { defaultBeyondMs, quantity } from '@backstay/document';
import { firing, measureName } from './measure-name.ts';
import { defaultWindowMs, degradationQuantiles, type Judged } from './measures.ts';
import { sameMeasure } from './sample.ts';

/** A threshold, trigger or criterion as it is judged. */
export interface Rule {
  readonly id: string;
  readonly kind: 'threshold' | 'trigger' | 'criterion';
  readonly line: number;
  readonly text: string;
  readonly limit: Limit;
  /** `avoid`: the limit describes what must not be. `keep`: it describes what must hold. */
  readonly aim: 'avoid' | 'keep';
  /** What a proven breach asks for; null for criteria. */
  readonly action: AlertAction | null;
  /** Recorded as what would have been done. */
  readonly shadow: boolean;
  /** Of a limit relative to the baseline: by which share and by how much at least it lies above. */
  readonly relative?: { readonly ratio: number; readonly beyondMs: number };
  /** The normal value that the limit was computed from. */
  readonly baseline?: { readonly value: number; readonly samples: number; readonly ratio: number };
  /** What windows of requests are compared with. */
  readonly reference?: Reference;
  /** Why the rule cannot be judged at all. */
  readonly unjudged?: {
    readonly verdict: 'skipped' | 'no-data' | 'too-few';
    readonly reason: string;
    readonly lacks?: Incomparable['lacks'];
  };
}

/** `null`: a first deployment, which has nothing to be compared with. */
export type KnownBaseline = Baseline | null;

type Draft = Omit<Rule, 'id'>;

/** "error rate > 5 %" */
const limitText = (limit: Limit): string =>
  `${measureName(limit)} ${limit.operator} ${quantity(limit.value, limit.unit)}`;

function limitOf({ metric, quantile, operator, value, unit, forMs, overMs }: Limit): Limit {
  return { metric, ...(quantile === undefined ? {} : { quantile }), operator, value, unit, forMs, overMs };
}

const ofThreshold =
  (shadow: boolean) =>
  (threshold: Threshold): Draft => ({
    kind: 'threshold',
    line: threshold.source.line,
    text: limitText(threshold),
    limit: limitOf(threshold),
    aim: 'avoid',
    action: threshold.action,
    shadow,
  });

type Degradation = Extract<Trigger['rule'], { kind: 'degradation' }>;

type Relative = NonNullable<Rule['relative']>;

const limitAbove =
  ({ ratio, beyondMs }: Relative) =>
  (normalMs: number): number =>
    Math.max(normalMs * (1 + ratio), normalMs + beyondMs);

function againstBaseline(
  normal: BaselineMetric | undefined,
  first: boolean,
  quantile: number,
  relative: Relative,
  minimumRequests: number,
): Pick<Rule, 'baseline' | 'reference' | 'unjudged'> {
  if (first) return { unjudged: { verdict: 'skipped', reason: 'first deployment' } };
  if (!normal) return { unjudged: { verdict: 'no-data', reason: 'no baseline was measured before the deployment' } };
  if (normal.latencies === undefined)
    return { unjudged: { verdict: 'too-few', lacks: 'bounds', reason: 'the baseline counts no requests by duration' } };
  const counted = { calm: normal.latencies, total: normal.requests ?? 0 };
  const reference = referenceOf(counted, quantile, limitAbove(relative), minimumRequests);
  if ('lacks' in reference) return { unjudged: { verdict: 'too-few', ...reference } };
  return { reference, baseline: { value: reference.normalMs, samples: normal.samples, ratio: relative.ratio } };
}

function ofDegradation(
  rule: Degradation,
  known: KnownBaseline,
  minimumRequests: number,
): Pick<Draft, 'limit' | 'relative' | 'baseline' | 'reference' | 'unjudged'>[] {
  const { ratio, beyondMs = defaultBeyondMs, forMs, overMs } = rule;
  const relative = { ratio, beyondMs };
  return degradationQuantiles.map((quantile) => {
    const measure = { metric: 'response-time', quantile, windowMs: overMs };
    const normal = known?.metrics.find((candidate) => sameMeasure(candidate, measure));
    const against = againstBaseline(normal, known === null, quantile, relative, minimumRequests);
    const value = against.reference?.limitMs ?? limitAbove(relative)(normal?.median ?? 0);
    const limit: Limit = { metric: 'response-time', quantile, operator: '>', value, unit: 'ms', forMs, overMs };
    return { limit, relative, ...against };
  });
}

const ofTrigger =
  (allShadow: boolean, { everyMs, minimumRequests }: Judged['monitoring'], known: KnownBaseline) =>
  ({ rule, text, mode, source }: Trigger): Draft[] => {
    const shadow = allShadow || mode === 'shadow';
    const common = { kind: 'trigger', line: source.line, text, aim: 'avoid', action: 'rollback', shadow } as const;
    if (rule.kind === 'limit') return [{ ...common, limit: limitOf(rule.limit) }];
    if (rule.kind === 'alert') return [{ ...common, limit: firing(rule.alert, defaultWindowMs(everyMs)) }];
    if (rule.kind === 'degradation')
      return ofDegradation(rule, known, minimumRequests).map((judged) => ({ ...common, ...judged }));
    return [];
  };

const ofCriterion =
  (shadow: boolean) =>
  ({ rule, text, line }: Criterion): Draft[] =>
    rule.kind === 'limit'
      ? [{ kind: 'criterion', line, text, limit: limitOf(rule.limit), aim: 'keep', action: null, shadow }]
      : [];

/** Triggers of other kinds (smoke tests, critical flows, a person) are not judged from metrics and are left out. */
export function rulesOf({ monitoring, rollback, acceptanceCriteria }: Judged, known: KnownBaseline): Rule[] {
  const shadow = monitoring.mode === 'shadow';
  const drafts = [
    ...monitoring.thresholds.map(ofThreshold(shadow)),
    ...rollback.triggers.flatMap(ofTrigger(shadow, monitoring, known)),
    ...acceptanceCriteria.flatMap(ofCriterion(shadow)),
  ];
  return drafts.map((draft, index) => ({ id: `${draft.kind}:${draft.line}:${index}`, ...draft }));
}
