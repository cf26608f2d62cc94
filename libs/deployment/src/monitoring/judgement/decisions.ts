import type { RuleState } from './rule-state.ts';
import type { Decision, NoData } from './decision.ts';
import { collected } from './evidence.ts';
import type { Rule } from './rule.ts';
import { instant } from './sample.ts';
import { dataGapSentence } from './sentence.ts';
import { ruleStateOf, type Watch } from './watch.ts';

function noData({ terms, lastTick }: Watch, rule: Rule, { dataGap }: RuleState): NoData | null {
  if (dataGap === null || lastTick === null) return null;
  const missingMs = instant(lastTick) - instant(dataGap.since);
  if (missingMs < terms.onNoData.waitMs) return null;
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
    reason: dataGap.reason,
    shadow,
    since: dataGap.since,
    decidedAt: lastTick,
    ...collected(dataGap.evidence),
    sentence: dataGapSentence(rule, missingMs, dataGap.reason),
  };
}

/** Missing data decides only in the watch itself; a rule that cannot be judged anyway loses nothing by it. */
function lost(watch: Watch, rule: Rule): NoData | null {
  return watch.startedAt === null || rule.unjudged ? null : noData(watch, rule, ruleStateOf(watch, rule.id));
}

/** Whether there are no metrics, or one that a rollback would rest on has had no data for half of the time that it may. */
export function isSilent(watch: Watch, rules: readonly Rule[]): boolean {
  if (watch.measures.length === 0) return true;
  const { lastTick, terms } = watch;
  const missing = (since: string) => instant(lastTick ?? since) - instant(since) + terms.everyMs;
  return rules
    .filter(({ unjudged }) => !unjudged)
    .map(({ id }) => ruleStateOf(watch, id).dataGap)
    .some((dataGap) => dataGap !== null && 2 * missing(dataGap.since) >= terms.onNoData.waitMs);
}

const byTime = (a: Decision, b: Decision): number => instant(a.decidedAt) - instant(b.decidedAt);

/** Measured breaches first, then missing data, each in the order in which they happened. */
export function decisionsOf(watch: Watch, rules: readonly Rule[]): Decision[] {
  const broken = rules.flatMap(({ id }) => ruleStateOf(watch, id).broken ?? []);
  const gaps = rules.flatMap((rule) => (ruleStateOf(watch, rule.id).broken ? [] : (lost(watch, rule) ?? [])));
  return [...broken.sort(byTime), ...gaps.sort(byTime)];
}
