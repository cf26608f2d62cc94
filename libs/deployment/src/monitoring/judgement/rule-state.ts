import { isDegraded, newComparison, withoutPass, type Comparison } from './comparison.ts';
import type { Degraded } from './decision.ts';
import { collected, noEvidence, withSample, type Evidence } from './evidence.ts';
import type { SampleVerdict } from './sample-verdict.ts';
import type { Rule } from './rule.ts';
import { instant, type Sample } from './sample.ts';
import { comparedFigures } from './compared.ts';
import { breachSentence } from './sentence.ts';

/** A breach that has begun. `provenMs` grows only between two neighbouring ticks that both breach. */
interface Run {
  readonly since: string;
  readonly breachMs: number;
  readonly evidence: Evidence;
}

/** A proven breach, until the metric has been good for as long as the breach had to last. */
export interface Episode {
  readonly number: number;
  readonly decision: Degraded;
  readonly goodMs: number;
  readonly clearedAt: string | null;
}

/** Neighbouring ticks without a measurement. */
interface DataGap {
  readonly since: string;
  readonly reason: string;
  readonly evidence: Evidence;
}

export type Counts = Readonly<Record<SampleVerdict['kind'], number>>;

/** How one rule fared so far. */
export interface RuleState {
  readonly run: Run | null;
  /** The first proven breach. Nothing later takes it back. */
  readonly broken: Degraded | null;
  readonly episode: Episode | null;
  readonly dataGap: DataGap | null;
  readonly last: SampleVerdict | null;
  /** How long the rule was measured to be good, over neighbouring ticks. */
  readonly heldMs: number;
  readonly counts: Counts;
  /** Of a limit relative to the baseline. */
  readonly comparison: Comparison;
}

export const noCounts: Counts = { good: 0, bad: 0, 'too-few': 0, 'no-data': 0, error: 0, skipped: 0 };

export const newRuleState: RuleState = {
  run: null,
  broken: null,
  episode: null,
  dataGap: null,
  last: null,
  heldMs: 0,
  counts: noCounts,
  comparison: newComparison,
};

export const measured = (counts: Counts): number => counts.good + counts.bad;

export interface Step {
  readonly time: string;
  readonly verdict: SampleVerdict;
  readonly sample: Sample | undefined;
  /** Time since the tick before, at most twice the interval: ticks that were skipped prove nothing. */
  readonly gapMs: number;
  readonly everyMs: number;
  readonly comparison: Comparison;
}

/**
 * A breach in the making. A good sample ends it; a tick without a measurement, or on too few requests, stops its clock
 * and neither proves nor clears it: the time up to the next breaching tick does not count.
 */
function nextRun({ run, last }: RuleState, { verdict, time, sample, gapMs }: Step): Run | null {
  if (verdict.kind === 'good') return null;
  if (verdict.kind !== 'bad') return run && { ...run, evidence: withSample(run.evidence, sample) };
  const begun = run ?? { since: time, breachMs: 0, evidence: noEvidence };
  const breachMs = begun.breachMs + (run && last?.kind === 'bad' ? gapMs : 0);
  return { ...begun, breachMs, evidence: withSample(begun.evidence, sample) };
}

/** Windows of requests are not ticks: of a limit relative to the baseline the breach lasts from one to the other, once it is significant. */
function lasts({ aim, limit, relative }: Rule, run: Run, { time, comparison }: Step): boolean {
  if (relative) return instant(time) - instant(run.since) >= limit.forMs && isDegraded(comparison);
  return aim === 'keep' || run.breachMs >= limit.forMs;
}

function degraded(rule: Rule, run: Run, step: Step): Degraded {
  const { time, verdict, sample } = step;
  const { id, kind, line, text, limit, shadow, action, baseline } = rule;
  const comparison = comparedFigures(rule, step.comparison);
  const observed = verdict.kind === 'bad' ? verdict.value : 0;
  return {
    decision: 'degraded',
    rule: { id, kind, line, text },
    metric: limit.metric,
    ...(limit.quantile === undefined ? {} : { quantile: limit.quantile }),
    observed,
    operator: limit.operator,
    limit: limit.value,
    unit: limit.unit,
    forMs: limit.forMs,
    windowMs: limit.overMs,
    ...(baseline ? { baseline } : {}),
    ...(comparison ? { comparison } : {}),
    action,
    shadow,
    since: run.since,
    decidedAt: time,
    ...collected(run.evidence),
    sentence: breachSentence(rule, observed, sample?.above === true),
  };
}

/** Once raised, an episode ends only after good samples have lasted as long as the breach had to, two intervals at least. */
function calmed(
  { limit }: Rule,
  { last }: RuleState,
  episode: Episode,
  { verdict, gapMs, time, everyMs }: Step,
): Episode {
  if (verdict.kind === 'bad') return { ...episode, goodMs: 0 };
  if (verdict.kind !== 'good' || last?.kind !== 'good') return episode;
  const goodMs = episode.goodMs + gapMs;
  return goodMs >= Math.max(limit.forMs, 2 * everyMs)
    ? { ...episode, goodMs, clearedAt: time }
    : { ...episode, goodMs };
}

function breach(rule: Rule, ruleState: RuleState, step: Step): Pick<RuleState, 'run' | 'broken' | 'episode'> {
  const { broken, episode } = ruleState;
  if (episode && episode.clearedAt === null)
    return { run: null, broken, episode: calmed(rule, ruleState, episode, step) };
  const run = nextRun(ruleState, step);
  if (run === null || step.verdict.kind !== 'bad' || !lasts(rule, run, step)) return { run, broken, episode };
  const decision = degraded(rule, run, step);
  const raised = { number: (episode?.number ?? 0) + 1, decision, goodMs: 0, clearedAt: null };
  return { run: null, broken: broken ?? decision, episode: raised };
}

/** A metric that is not applicable was never seen; one that was seen and is gone is missing. */
const isMissing = ({ counts, dataGap }: RuleState, { kind }: SampleVerdict): boolean =>
  kind === 'no-data' || kind === 'error' || (kind === 'skipped' && (measured(counts) > 0 || dataGap !== null));

function nextDataGap(ruleState: RuleState, { verdict, time, sample }: Step): DataGap | null {
  if (!isMissing(ruleState, verdict) || !('reason' in verdict)) return null;
  const { since, evidence } = ruleState.dataGap ?? { since: time, evidence: noEvidence };
  return { since, reason: verdict.reason, evidence: withSample(evidence, sample) };
}

export function evolveRuleState(rule: Rule, ruleState: RuleState, step: Step): RuleState {
  const { verdict, gapMs } = step;
  const held = verdict.kind === 'good' && ruleState.last?.kind === 'good';
  return {
    ...breach(rule, ruleState, step),
    dataGap: nextDataGap(ruleState, step),
    last: verdict,
    heldMs: ruleState.heldMs + (held ? gapMs : 0),
    counts: { ...ruleState.counts, [verdict.kind]: ruleState.counts[verdict.kind] + 1 },
    comparison: step.comparison,
  };
}

/** After a gap in which nobody watched: neither a breach nor missing data lasts through it. */
export const interrupted = (ruleState: RuleState): RuleState => ({
  ...ruleState,
  run: null,
  dataGap: null,
  last: null,
});

/** The watch proper begins: what was counted while the deployment was still running does not count towards a pass. */
export const restarted = (ruleState: RuleState): RuleState => ({
  ...ruleState,
  dataGap: null,
  heldMs: 0,
  counts: noCounts,
  comparison: withoutPass(ruleState.comparison),
});
