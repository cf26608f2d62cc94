import type { Monitoring } from '@backstay/document';
import { evolveRuleState, newRuleState, restarted, type RuleState } from './rule-state.ts';
import { sampleVerdictOf } from './sample-verdict.ts';
import { measuresOf, type Judged } from './measures.ts';
import { rulesOf, type KnownBaseline, type Rule } from './rule.ts';
import { instant, measureKey, sameMeasure, type Measure, type Reading, type Sample } from './sample.ts';
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
  /** Ticks since the watch began. */
  readonly ticks: number;
  /** By rule id. */
  readonly ruleStates: Readonly<Record<string, RuleState>>;
  /** By measure key. */
  readonly tallies: Readonly<Record<string, Tally>>;
}

const fromEach = <Item, Value>(items: readonly Item[], key: (item: Item) => string, value: (item: Item) => Value) =>
  Object.fromEntries(items.map((item) => [key(item), value(item)]));

const ruleId = ({ id }: Rule): string => id;

function termsOf({ watchMs, everyMs, minimumSamples, minimumRequests, mode, onNoData }: Monitoring): Terms {
  return { watchMs, everyMs, minimumSamples, minimumRequests, mode, onNoData };
}

/** Triggers are armed from here on; `startWatch` says when the watch window itself begins. */
export function openWatch(judged: Judged, baseline: KnownBaseline): Watch {
  const rules = rulesOf(judged, baseline);
  const measures = measuresOf(judged);
  return {
    terms: termsOf(judged.monitoring),
    rules,
    measures,
    startedAt: null,
    lastTick: null,
    ticks: 0,
    ruleStates: fromEach(rules, ruleId, () => newRuleState),
    tallies: fromEach(measures, measureKey, () => newTally),
  };
}

export function startWatch(watch: Watch, time: string): Watch {
  return {
    ...watch,
    startedAt: time,
    ticks: 0,
    ruleStates: fromEach(watch.rules, ruleId, ({ id }) => restarted(ruleStateOf(watch, id))),
    tallies: fromEach(watch.measures, measureKey, () => newTally),
  };
}

export const ruleStateOf = (watch: Watch, ruleIdentity: string): RuleState =>
  watch.ruleStates[ruleIdentity] ?? newRuleState;

export const tallyOf = (watch: Watch, measure: Measure): Tally => watch.tallies[measureKey(measure)] ?? newTally;

const sampleOf = (samples: readonly Sample[], { limit }: Rule): Sample | undefined =>
  samples.find((sample) => sameMeasure(sample, { ...limit, windowMs: limit.overMs }));

function gapMs({ lastTick, terms }: Watch, time: string): number {
  return lastTick === null ? 0 : Math.min(instant(time) - instant(lastTick), 2 * terms.everyMs);
}

function evolvedRuleState(watch: Watch, rule: Rule, { time, samples }: Reading): RuleState {
  const { everyMs, minimumRequests } = watch.terms;
  const sample = sampleOf(samples, rule);
  const verdict = sampleVerdictOf(rule, sample, minimumRequests);
  return evolveRuleState(rule, ruleStateOf(watch, rule.id), {
    time,
    verdict,
    sample,
    gapMs: gapMs(watch, time),
    everyMs,
  });
}

const isLater = ({ lastTick }: Watch, time: string): boolean =>
  Number.isFinite(instant(time)) && (lastTick === null || instant(time) > instant(lastTick));

/** A tick that is not later than the one before it is a repetition, and changes nothing. */
export function evolveWatch(watch: Watch, tick: Reading): Watch {
  if (!isLater(watch, tick.time)) return watch;
  const read = (measure: Measure) => tick.samples.find((sample) => sameMeasure(sample, measure));
  return {
    ...watch,
    lastTick: tick.time,
    ticks: watch.ticks + 1,
    ruleStates: fromEach(watch.rules, ruleId, (rule) => evolvedRuleState(watch, rule, tick)),
    tallies: fromEach(watch.measures, measureKey, (measure) =>
      evolveTally(tallyOf(watch, measure), measure, read(measure)),
    ),
  };
}
