import type { Course } from './course.ts';
import type { Decision, NoData } from './decision.ts';
import { collected } from './evidence.ts';
import type { Rule } from './rule.ts';
import { instant } from './sample.ts';
import { darknessSentence } from './sentence.ts';
import { courseOf, type Watch } from './watch.ts';

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
export function decisionsOf(watch: Watch, rules: readonly Rule[]): Decision[] {
  const broken = rules.flatMap(({ id }) => courseOf(watch, id).broken ?? []);
  const dark = rules.flatMap((rule) => (courseOf(watch, rule.id).broken ? [] : (lost(watch, rule) ?? [])));
  return [...broken.sort(byTime), ...dark.sort(byTime)];
}
