import { measureName } from './measure-name.ts';
import type { Decision, NoData } from './decision.ts';
import { decisionsOf } from './decisions.ts';
import type { Rule } from './rule.ts';
import { instant } from './sample.ts';
import type { MetricVerdict, RuleVerdict } from './verdict.ts';
import { ruleStateOf, type Watch } from './watch.ts';

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

export const asksForRollback = ({ action }: Rule): boolean => action === 'rollback';

const largest = (values: readonly number[]): number => Math.max(0, ...values);

/** How long the end may wait for an open breach, a metric without data or ticks that an outage of the watcher cost. */
function graceMs({ terms, rules }: Watch): number {
  const { everyMs, minimumSamples, onNoData } = terms;
  return onNoData.waitMs + minimumSamples * everyMs + 2 * largest(rules.map(({ limit }) => limit.forMs)) + 2 * everyMs;
}

function isSettled(watch: Watch, rollbackRules: readonly Rule[]): boolean {
  const open = rollbackRules.filter((rule) => !rule.unjudged).map(({ id }) => ruleStateOf(watch, id));
  return (
    watch.ticks >= watch.terms.minimumSamples && open.every(({ run, dataGap }) => run === null && dataGap === null)
  );
}

function isOver(watch: Watch, rollbackRules: readonly Rule[], now: string): boolean {
  if (watch.startedAt === null) return false;
  const beyond = instant(now) - (instant(watch.startedAt) + watch.terms.watchMs);
  return beyond >= graceMs(watch) || (beyond >= 0 && isSettled(watch, rollbackRules));
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
  const lacking = rollbackRules.filter(({ verdict }) => verdict !== 'pass' && verdict !== 'skipped');
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

export function outcomeOf(
  watch: Watch,
  rules: readonly RuleVerdict[],
  metrics: readonly MetricVerdict[],
  now: string,
): Outcome | null {
  if (watch.measures.length === 0) return { outcome: 'skipped', reason: 'the document names no metric' };
  const shadow = watch.terms.mode === 'shadow';
  const rollbackRules = watch.rules.filter((rule) => asksForRollback(rule) && (shadow || !rule.shadow));
  const verdicts = rules.filter(({ id }) => rollbackRules.some((rule) => rule.id === id));
  const [first, ...others] = decisionsOf(watch, rollbackRules);
  if (first && !shadow)
    return decided([first, ...others], first.decision === 'no-data' ? verdicts.filter(isMissing) : []);
  return isOver(watch, rollbackRules, now) ? ended(watch, verdicts, metrics, first ? [first, ...others] : []) : null;
}

const isMissing = ({ verdict }: RuleVerdict): boolean =>
  verdict !== 'pass' && verdict !== 'skipped' && verdict !== 'fail';
