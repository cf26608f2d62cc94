import type { AlertAction } from '@backstay/document';
import type { Course } from './course.ts';
import type { Decision, Degraded, NoData } from './decision.ts';
import { collected } from './evidence.ts';
import type { Rule } from './rule.ts';
import { instant } from './sample.ts';
import { darknessSentence, measureName } from './sentence.ts';
import { judgeMetric, judgeRule, type MetricVerdict, type RuleVerdict } from './verdict.ts';
import { courseOf, type Watch } from './watch.ts';

/** A threshold's newest breach episode. `(rule, episode)` identifies it: a number already recorded is no news. */
export interface Alert {
  readonly rule: string;
  readonly episode: number;
  readonly action: AlertAction;
  readonly decision: Degraded;
  readonly clearedAt: string | null;
}

export type Outcome =
  | { readonly outcome: 'passed'; readonly shadow: boolean; readonly sentence: string }
  | {
      readonly outcome: 'failed';
      readonly shadow: boolean;
      readonly then: NoData['then'];
      readonly decisions: readonly Decision[];
      /** Which rule lacks what; empty where a measured breach decided. */
      readonly lacking: readonly RuleVerdict[];
      readonly sentence: string;
    }
  | { readonly outcome: 'skipped'; readonly reason: string };

export interface Judgement {
  /** What to act upon now: the first proven breach of an active rollback rule, else a metric that has been dark for too long. */
  readonly decision: Decision | null;
  /** What shadow mode would have acted upon. */
  readonly wouldHave: readonly Decision[];
  readonly alerts: readonly Alert[];
  readonly rules: readonly RuleVerdict[];
  readonly metrics: readonly MetricVerdict[];
  /** Null while the watch goes on. */
  readonly outcome: Outcome | null;
}

const asksForRollback = ({ action }: Rule): boolean => action === 'rollback';

function noData({ terms, lastTick }: Watch, rule: Rule, { darkness }: Course): NoData | null {
  if (darkness === null || lastTick === null) return null;
  const darkMs = instant(lastTick) - instant(darkness.since);
  if (darkMs < terms.onNoData.waitMs) return null;
  const { id, kind, line, text, limit, shadow } = rule;
  return {
    decision: 'no-data',
    rule: { id, kind, line, text },
    metric: limit.metric,
    ...(limit.quantile === undefined ? {} : { quantile: limit.quantile }),
    unit: limit.unit,
    windowMs: limit.overMs,
    waitMs: terms.onNoData.waitMs,
    then: terms.onNoData.then,
    reason: darkness.reason,
    shadow,
    since: darkness.since,
    decidedAt: lastTick,
    ...collected(darkness.evidence),
    sentence: darknessSentence(rule, darkMs, darkness.reason),
  };
}

/** Missing data decides only in the watch itself; a rule that cannot be judged anyway loses nothing by it. */
function lost(watch: Watch, rule: Rule): NoData | null {
  return watch.startedAt === null || rule.unjudged ? null : noData(watch, rule, courseOf(watch, rule.id));
}

const byTime = (a: Decision, b: Decision): number => instant(a.decidedAt) - instant(b.decidedAt);

/** Measured breaches first, then missing data, each in the order in which they happened. */
function decisionsOf(watch: Watch, rules: readonly Rule[]): Decision[] {
  const broken = rules.flatMap(({ id }) => courseOf(watch, id).broken ?? []);
  const dark = rules.flatMap((rule) => (courseOf(watch, rule.id).broken ? [] : (lost(watch, rule) ?? [])));
  return [...broken.sort(byTime), ...dark.sort(byTime)];
}

function alertsOf(watch: Watch): Alert[] {
  return watch.rules.flatMap(({ id, kind, action }) => {
    const { episode } = courseOf(watch, id);
    if (kind !== 'threshold' || action === null || !episode) return [];
    return [{ rule: id, episode: episode.number, action, decision: episode.decision, clearedAt: episode.clearedAt }];
  });
}

const largest = (values: readonly number[]): number => Math.max(0, ...values);

/** How long the end may wait for an open breach, a metric gone dark or ticks that an outage of the watcher cost. */
function graceMs({ terms, rules }: Watch): number {
  const { everyMs, minimumSamples, onNoData } = terms;
  return onNoData.waitMs + minimumSamples * everyMs + 2 * largest(rules.map(({ limit }) => limit.forMs)) + 2 * everyMs;
}

function isSettled(watch: Watch, acting: readonly Rule[]): boolean {
  const open = acting.filter((rule) => !rule.unjudged).map(({ id }) => courseOf(watch, id));
  return (
    watch.ticks >= watch.terms.minimumSamples && open.every(({ run, darkness }) => run === null && darkness === null)
  );
}

function isOver(watch: Watch, acting: readonly Rule[], now: string): boolean {
  if (watch.startedAt === null) return false;
  const beyond = instant(now) - (instant(watch.startedAt) + watch.terms.watchMs);
  return beyond >= graceMs(watch) || (beyond >= 0 && isSettled(watch, acting));
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
  acting: readonly RuleVerdict[],
  metrics: readonly MetricVerdict[],
  decisions: readonly Decision[],
): Outcome {
  const shadow = watch.terms.mode === 'shadow';
  const lacking = acting.filter(({ verdict }) => verdict !== 'pass' && verdict !== 'skipped');
  const measured = metrics.some(({ valid }) => valid > 0 && valid >= watch.terms.minimumSamples);
  if (lacking.length === 0 && measured) return passed(shadow, metrics);
  const sentence = lacking.length > 0 ? lacking.map(lacks).join('; ') : 'no metric had enough valid samples';
  const then = decisions.some(({ decision }) => decision === 'degraded') ? 'fail' : watch.terms.onNoData.then;
  return { outcome: 'failed', shadow, then, decisions, lacking, sentence };
}

function decided(decisions: readonly [Decision, ...Decision[]], lacking: readonly RuleVerdict[]): Outcome {
  const [first] = decisions;
  const then = first.decision === 'no-data' ? first.then : 'fail';
  return { outcome: 'failed', shadow: false, then, decisions, lacking, sentence: first.sentence };
}

function outcomeOf(
  watch: Watch,
  rules: readonly RuleVerdict[],
  metrics: readonly MetricVerdict[],
  now: string,
): Outcome | null {
  if (watch.measures.length === 0) return { outcome: 'skipped', reason: 'the document names no metric' };
  const shadow = watch.terms.mode === 'shadow';
  const acting = watch.rules.filter((rule) => asksForRollback(rule) && (shadow || !rule.shadow));
  const verdicts = rules.filter(({ id }) => acting.some((rule) => rule.id === id));
  const [first, ...others] = decisionsOf(watch, acting);
  if (first && !shadow)
    return decided([first, ...others], first.decision === 'no-data' ? verdicts.filter(isMissing) : []);
  return isOver(watch, acting, now) ? ended(watch, verdicts, metrics, first ? [first, ...others] : []) : null;
}

const isMissing = ({ verdict }: RuleVerdict): boolean =>
  verdict !== 'pass' && verdict !== 'skipped' && verdict !== 'fail';

/** What the ticks so far amount to at `now`. */
export function judgeWatch(watch: Watch, now: string): Judgement {
  const rules = watch.rules.map((rule) => judgeRule(watch, rule));
  const metrics = watch.measures.map((measure) => judgeMetric(watch, rules, measure));
  const acting = watch.rules.filter(asksForRollback);
  return {
    decision:
      decisionsOf(
        watch,
        acting.filter(({ shadow }) => !shadow),
      )[0] ?? null,
    wouldHave: decisionsOf(
      watch,
      acting.filter(({ shadow }) => shadow),
    ),
    alerts: alertsOf(watch),
    rules,
    metrics,
    outcome: outcomeOf(watch, rules, metrics, now),
  };
}
