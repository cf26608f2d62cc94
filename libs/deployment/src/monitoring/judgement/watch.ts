import type { Monitoring } from '@backstay/document';
import type { SyntheticTraffic } from '../../values.ts';
import { isGap } from '../../watched-time.ts';
import { evolveChecks, interruptedChecks, type RepeatedChecks } from './repeated-checks.ts';
import { evolveRuleState, interrupted, newRuleState, restarted, type RuleState } from './rule-state.ts';
import type { Comparison } from './comparison.ts';
import { comparedVerdictOf, type Judged as SampleJudgement, type SampleVerdict } from './sample-verdict.ts';
import { measuresOf, type Judged } from './measures.ts';
import { rulesOf, type KnownBaseline, type Rule } from './rule.ts';
import { instant, measureKey, sameMeasure, type Measure, type Reading, type Sample } from './sample.ts';
import { isIdle, withAsked, withoutAsked, withTraffic, type Asked } from './traffic.ts';
import { evolveTally, newTally, type Tally } from './tally.ts';

export type Terms = Pick<
  Monitoring,
  'watchMs' | 'everyMs' | 'minimumSamples' | 'minimumRequests' | 'mode' | 'onNoData'
>;

/** Everything that judging needs, as plain data. */
export interface Watch {
  readonly terms: Terms;
  readonly rules: readonly Rule[];
  readonly measures: readonly Measure[];
  /** Null while the deployment is still being executed: then measured breaches count, and missing data does not. */
  readonly startedAt: string | null;
  readonly lastTick: string | null;
  /** From when on what is measured counts: what a window shows of the time before is no breach. Null: all of it counts. */
  readonly since: string | null;
  /** The first tick after the last gap in which nobody watched. */
  readonly resumedAt: string | null;
  /** Ticks since the watch began. */
  readonly ticks: number;
  /** By rule id. */
  readonly ruleStates: Readonly<Record<string, RuleState>>;
  readonly checks: RepeatedChecks;
  /** Ticks in a row up to now in which nobody used the service. */
  readonly idle: number;
  /** What the repeated checks asked of the service lately. */
  readonly asked: readonly Asked[];
  /** What Backstay itself sent since the watch began; null: nothing. */
  readonly traffic: SyntheticTraffic | null;
  /** By measure key. */
  readonly tallies: Readonly<Record<string, Tally>>;
}

const fromEach = <Item, Value>(items: readonly Item[], key: (item: Item) => string, value: (item: Item) => Value) =>
  Object.fromEntries(items.map((item) => [key(item), value(item)]));

const ruleId = ({ id }: Rule): string => id;

function termsOf({ watchMs, everyMs, minimumSamples, minimumRequests, mode, onNoData }: Monitoring): Terms {
  return { watchMs, everyMs, minimumSamples, minimumRequests, mode, onNoData };
}

/**
 * Limits are judged from here on; `startWatch` says when the watch window itself begins.
 * @param since what was before it, ISO 8601, breaks no limit; null: everything counts
 */
export function openWatch(judged: Judged, baseline: KnownBaseline, since: string | null = null): Watch {
  const rules = rulesOf(judged, baseline);
  const measures = measuresOf(judged);
  return {
    terms: termsOf(judged.monitoring),
    rules,
    measures,
    startedAt: null,
    lastTick: null,
    since,
    resumedAt: null,
    ticks: 0,
    checks: {},
    idle: 0,
    asked: [],
    traffic: null,
    ruleStates: fromEach(rules, ruleId, () => newRuleState),
    tallies: fromEach(measures, measureKey, () => newTally),
  };
}

export function startWatch(watch: Watch, time: string): Watch {
  return {
    ...watch,
    startedAt: time,
    ticks: 0,
    checks: {},
    idle: 0,
    asked: [],
    traffic: null,
    ruleStates: fromEach(watch.rules, ruleId, ({ id }) => restarted(ruleStateOf(watch, id))),
    tallies: fromEach(watch.measures, measureKey, () => newTally),
  };
}

export const ruleStateOf = (watch: Watch, ruleIdentity: string): RuleState =>
  watch.ruleStates[ruleIdentity] ?? newRuleState;

export const tallyOf = (watch: Watch, measure: Measure): Tally => watch.tallies[measureKey(measure)] ?? newTally;

const sampleOf = (samples: readonly Sample[], { limit }: Rule): Sample | undefined =>
  samples.find((sample) => sameMeasure(sample, { ...limit, windowMs: limit.overMs }));

function isAfterGap({ lastTick, startedAt, terms }: Watch, time: string): boolean {
  const before = lastTick ?? startedAt;
  return before !== null && isGap(instant(time) - instant(before), terms);
}

/** What was proven before a gap stays so; what was under way then begins anew. */
const resumed = (watch: Watch, time: string): Watch => ({
  ...watch,
  resumedAt: time,
  checks: interruptedChecks(watch.checks),
  ruleStates: fromEach(watch.rules, ruleId, ({ id }) => interrupted(ruleStateOf(watch, id))),
});

function gapMs({ lastTick, terms }: Watch, time: string): number {
  return lastTick === null ? 0 : Math.min(instant(time) - instant(lastTick), 2 * terms.everyMs);
}

function evolvedRuleState(watch: Watch, rule: Rule, { time, samples }: Reading): RuleState {
  const sample = sampleOf(samples, rule);
  const ruleState = ruleStateOf(watch, rule.id);
  const { comparison } = ruleState;
  const judged =
    sample && spansGap(watch, sample, time)
      ? { verdict: unwatched, comparison }
      : sinceArmed(watch, sample, time, comparedVerdictOf(rule, sample, comparison, watch.terms), comparison);
  return evolveRuleState(rule, ruleState, {
    time,
    ...judged,
    sample,
    gapMs: gapMs(watch, time),
    everyMs: watch.terms.everyMs,
  });
}

/** What stands in for the verdict on a window that reaches into a gap: what was then is not known to be good or bad. */
const unwatched: SampleVerdict = { kind: 'too-few', reason: 'its window reaches into a time in which nobody watched' };

/** A window that reaches back to what served before breaks no limit, and does not count in a comparison. */
function sinceArmed(
  { since }: Watch,
  sample: Sample | undefined,
  time: string,
  judged: SampleJudgement,
  before: Comparison,
): SampleJudgement {
  const reaches = (spanMs = 0) => since !== null && spanMs > instant(time) - instant(since);
  if (reaches(sample?.counted?.spanMs)) return { verdict: earlier, comparison: before };
  return judged.verdict.kind === 'bad' && reaches(sample?.spanMs) ? { ...judged, verdict: earlier } : judged;
}

const earlier: SampleVerdict = {
  kind: 'too-few',
  reason: 'its window reaches back to what does not count',
};

/** A window never spans a gap, whatever the source knows of that time. */
function spansGap({ resumedAt, terms }: Watch, { spanMs }: Sample, time: string): boolean {
  if (resumedAt === null || spanMs === undefined) return false;
  return spanMs > instant(time) - instant(resumedAt) + terms.everyMs / 2;
}

const longestWindowMs = ({ measures }: Watch): number => Math.max(0, ...measures.map(({ windowMs }) => windowMs));

const isLater = ({ lastTick }: Watch, time: string): boolean =>
  Number.isFinite(instant(time)) && (lastTick === null || instant(time) > instant(lastTick));

/** A tick that is not later than the one before it is a repetition, and changes nothing. */
export function evolveWatch(before: Watch, taken: Reading): Watch {
  if (!isLater(before, taken.time)) return before;
  const watch = isAfterGap(before, taken.time) ? resumed(before, taken.time) : before;
  const { everyMs } = watch.terms;
  const asked = withAsked(watch.asked, taken, longestWindowMs(watch) + everyMs);
  const tick = { ...taken, samples: taken.samples.map((sample) => withoutAsked(sample, asked, everyMs)) };
  const read = (measure: Measure) => tick.samples.find((sample) => sameMeasure(sample, measure));
  return {
    ...watch,
    lastTick: tick.time,
    ticks: watch.ticks + 1,
    checks: evolveChecks(watch.checks, tick.checks),
    asked,
    idle: isIdle(tick.samples) ? watch.idle + 1 : 0,
    traffic: withTraffic(watch.traffic, tick.traffic),
    ruleStates: fromEach(watch.rules, ruleId, (rule) => evolvedRuleState(watch, rule, tick)),
    tallies: fromEach(watch.measures, measureKey, (measure) => {
      const sample = read(measure);
      const tally = tallyOf(watch, measure);
      return sample && spansGap(watch, sample, tick.time) ? tally : evolveTally(tally, measure, sample);
    }),
  };
}
