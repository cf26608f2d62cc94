import { duration } from '@backstay/document';
import { mostMs, ticksNeeded, watchedMs } from '../../watched-time.ts';
import { isNormal, type Comparison } from './comparison.ts';
import { measureName } from './measure-name.ts';
import type { Decision, NoData } from './decision.ts';
import { decisionsOf } from './decisions.ts';
import type { Rule } from './rule.ts';
import { hasFailed, isDoubtful, passedChecks } from './repeated-checks.ts';
import { instant } from './sample.ts';
import type { MetricVerdict, RuleVerdict } from './verdict.ts';
import { ruleStateOf, type Watch } from './watch.ts';
import { measured, type RuleState } from './rule-state.ts';

export type Outcome =
  | { readonly outcome: 'passed'; readonly shadow: boolean; readonly sentence: string }
  | {
      readonly outcome: 'failed';
      readonly shadow: boolean;
      readonly then: NoData['then'];
      readonly decisions: readonly Decision[];
      /** Which rule lacks what; empty where a measured breach decided. */
      readonly lacking: readonly RuleVerdict[];
      /** Everything was measured, and the data do not decide: a person has to. */
      readonly undecided: boolean;
      readonly sentence: string;
    }
  /** Too little of it was watched, and it has taken as long as it may: nobody knows. */
  | { readonly outcome: 'unwatched'; readonly sentence: string };

export const asksForRollback = ({ action }: Rule): boolean => action === 'rollback';

const largest = (values: readonly number[]): number => Math.max(0, ...values);

/** How long the end may wait for an open breach or a metric without data, in watched time. */
function graceMs({ terms, rules }: Watch): number {
  const { everyMs, minimumSamples, onNoData } = terms;
  return onNoData.waitMs + minimumSamples * everyMs + 2 * largest(rules.map(({ limit }) => limit.forMs)) + 2 * everyMs;
}

/** A few more windows may decide what is not decided yet; where there are none as yet, they would be as slow to come. */
const isSettledBy = (comparison: Comparison): boolean => comparison.tested === 0 || isNormal(comparison);

/** After a gap nothing is measured until windows no longer reach into it. */
const isResuming = ({ resumedAt, lastTick, measures }: Watch): boolean =>
  resumedAt !== null &&
  lastTick !== null &&
  instant(lastTick) - instant(resumedAt) < largest(measures.map(({ windowMs }) => windowMs));

/** Whether the next ticks bring the samples that are missing. */
const isFilling = (watch: Watch, { counts, comparison }: RuleState): boolean =>
  comparison.tested === 0 &&
  measured(counts) < watch.terms.minimumSamples &&
  (measured(counts) > 0 || isResuming(watch));

function isSettled(watch: Watch, rollbackRules: readonly Rule[]): boolean {
  const open = rollbackRules.filter((rule) => !rule.unjudged).map(({ id }) => ruleStateOf(watch, id));
  if (isDoubtful(watch.checks)) return false;
  return (
    (watch.measures.length === 0 || watch.ticks >= watch.terms.minimumSamples) &&
    open.every(
      (ruleState) =>
        ruleState.run === null &&
        ruleState.dataGap === null &&
        isSettledBy(ruleState.comparison) &&
        !isFilling(watch, ruleState),
    )
  );
}

function isOver(watch: Watch, rollbackRules: readonly Rule[], now: string): boolean {
  const { terms, ticks } = watch;
  const beyond = ticks - ticksNeeded(terms);
  if (beyond < 0 || elapsedMs(watch, now) < terms.watchMs) return false;
  return (
    watchedMs(beyond, terms) >= graceMs(watch) ||
    elapsedMs(watch, now) >= mostMs(terms) + graceMs(watch) ||
    isSettled(watch, rollbackRules)
  );
}

/** Milliseconds since the watch began, watched or not; below zero: it has not. */
const elapsedMs = ({ startedAt }: Watch, now: string): number =>
  startedAt === null ? -1 : instant(now) - instant(startedAt);

/** Whether the watch has taken as long as it may without having been watched whole. */
function unwatched(watch: Watch, now: string): Outcome | null {
  const { terms, ticks } = watch;
  const tookMs = elapsedMs(watch, now);
  const needed = ticksNeeded(terms);
  // The tick that makes it whole may come an interval late.
  if (ticks > needed || tookMs < mostMs(terms) + (ticks === needed ? terms.everyMs : 0)) return null;
  const watched = `${duration(watchedMs(ticks, terms))} of ${duration(watchedMs(needed, terms))}`;
  const sentence = `only ${watched} were watched (${ticks} of ${needed} ticks) in the ${duration(tookMs)} since the watch began`;
  return { outcome: 'unwatched', sentence };
}

function passed(shadow: boolean, metrics: readonly MetricVerdict[]): Outcome {
  const good = metrics.filter(({ verdict }) => verdict === 'pass');
  const samples = good.reduce((sum, { valid }) => sum + valid, 0);
  return {
    outcome: 'passed',
    shadow,
    sentence: `${good.length} of ${metrics.length} metrics passed on ${samples} valid samples`,
  };
}

const lacks = ({ metric, quantile, reason, line }: RuleVerdict): string =>
  `${measureName({ metric, quantile })}: ${reason ?? 'not passed'} (line ${line})`;

function ended(
  watch: Watch,
  rollbackRules: readonly RuleVerdict[],
  metrics: readonly MetricVerdict[],
  decisions: readonly Decision[],
): Outcome {
  const shadow = watch.terms.mode === 'shadow';
  if (watch.measures.length === 0) return byChecks(watch, shadow);
  const lacking = rollbackRules.filter(({ verdict }) => verdict !== 'pass' && verdict !== 'skipped');
  const isMeasured = metrics.some(({ valid }) => valid > 0 && valid >= watch.terms.minimumSamples);
  if (lacking.length === 0 && isMeasured) return passed(shadow, metrics);
  const sentence = lacking.length > 0 ? lacking.map(lacks).join('; ') : 'no metric had enough valid samples';
  const then = decisions.some(({ decision }) => decision === 'degraded') ? 'fail' : watch.terms.onNoData.then;
  return { outcome: 'failed', shadow, then, decisions, lacking, undecided: isUndecided(watch, lacking), sentence };
}

/** Only limits relative to the baseline are open, and none of them for want of data. */
function isUndecided({ rules }: Watch, lacking: readonly RuleVerdict[]): boolean {
  const isRelative = (id: string) => rules.some((rule) => rule.id === id && rule.relative !== undefined);
  return lacking.length > 0 && lacking.every(({ id, verdict }) => isRelative(id) && verdict === 'too-few');
}

function byChecks({ checks, terms }: Watch, shadow: boolean): Outcome {
  const passed = passedChecks(checks);
  const all = Object.keys(checks).length;
  const sentence = `${passed} of ${all} checks passed to the end of the watch`;
  if (passed > 0 && !hasFailed(checks)) return { outcome: 'passed', shadow, sentence };
  return {
    outcome: 'failed',
    shadow,
    then: terms.onNoData.then,
    decisions: [],
    lacking: [],
    undecided: false,
    sentence,
  };
}

function decided(decisions: readonly [Decision, ...Decision[]], lacking: readonly RuleVerdict[]): Outcome {
  const [first] = decisions;
  const then = first.decision === 'no-data' ? first.then : 'fail';
  return { outcome: 'failed', shadow: false, then, decisions, lacking, undecided: false, sentence: first.sentence };
}

export function outcomeOf(
  watch: Watch,
  rules: readonly RuleVerdict[],
  metrics: readonly MetricVerdict[],
  now: string,
): Outcome | null {
  const shadow = watch.terms.mode === 'shadow';
  const rollbackRules = watch.rules.filter((rule) => asksForRollback(rule) && (shadow || !rule.shadow));
  const verdicts = rules.filter(({ id }) => rollbackRules.some((rule) => rule.id === id));
  const [first, ...others] = decisionsOf(watch, rollbackRules);
  if (first && !shadow)
    return decided([first, ...others], first.decision === 'no-data' ? verdicts.filter(isMissing) : []);
  const unknown = unwatched(watch, now);
  if (unknown !== null) return unknown;
  return isOver(watch, rollbackRules, now) ? ended(watch, verdicts, metrics, first ? [first, ...others] : []) : null;
}

const isMissing = ({ verdict }: RuleVerdict): boolean =>
  verdict !== 'pass' && verdict !== 'skipped' && verdict !== 'fail';
