import { z } from 'zod';
import { duration } from '@backstay/document';
import { comparedFigures, comparedSchema, windowsText } from './compared.ts';
import { isNormal } from './comparison.ts';
import { measured, type Counts, type RuleState } from './rule-state.ts';
import type { Rule } from './rule.ts';
import { sameMeasure, sampleSchema, type Measure } from './sample.ts';
import type { Tally } from './tally.ts';
import { ruleStateOf, tallyOf, type Watch } from './watch.ts';

export const verdictSchema = z.enum(['pass', 'fail', 'no-data', 'too-few', 'error', 'skipped']);
export type Verdict = z.infer<typeof verdictSchema>;

const foundSchema = z.object({
  verdict: verdictSchema,
  /** Why it is not `pass`. */
  reason: z.string().optional(),
  /** Valid samples since the watch began. */
  valid: z.number().int().nonnegative(),
});
type Found = z.infer<typeof foundSchema>;

const named = { metric: z.string(), quantile: z.number().optional(), windowMs: z.number() };

export const ruleVerdictSchema = foundSchema.extend({
  ...named,
  id: z.string(),
  kind: z.enum(['threshold', 'trigger', 'criterion']),
  line: z.number().int().positive(),
  shadow: z.boolean(),
  /** Of a limit relative to the baseline. */
  comparison: comparedSchema.optional(),
});
export type RuleVerdict = z.infer<typeof ruleVerdictSchema>;

export const metricVerdictSchema = foundSchema.extend({
  ...named,
  unit: sampleSchema.shape.unit,
  last: z.number().nullable(),
  /** Of the limit relative to the baseline that is on it. */
  comparison: comparedSchema.optional(),
  minimum: z.number().nullable(),
  maximum: z.number().nullable(),
});
export type MetricVerdict = z.infer<typeof metricVerdictSchema>;

const lastReason = ({ last }: RuleState): string => (last && 'reason' in last ? last.reason : 'nothing was measured');

function unmeasured(counts: Counts): Verdict {
  if (counts['too-few'] > 0) return 'too-few';
  if (counts['no-data'] > 0) return 'no-data';
  if (counts.error > 0) return 'error';
  return counts.skipped > 0 ? 'skipped' : 'no-data';
}

/** Whether what must hold has been measured to hold for long enough; each sample stands for one interval. */
function tooShort({ aim, limit }: Rule, { heldMs }: RuleState, everyMs: number): string | undefined {
  const held = heldMs + everyMs;
  if (aim === 'avoid' || held >= limit.forMs) return undefined;
  return `held for ${duration(held)} of the required ${duration(limit.forMs)}`;
}

function found(verdict: Verdict, valid: number, reason?: string): Found {
  return { verdict, valid, ...(reason === undefined ? {} : { reason }) };
}

/** Neither significant nor excluded: what the data do not decide is no pass. */
function againstBaseline({ reference }: Rule, ruleState: RuleState, valid: number): Found {
  const { comparison, counts, run } = ruleState;
  const { slow, normal, neither } = comparison;
  if (slow + normal + neither === 0) return found(unmeasured(counts), valid, lastReason(ruleState));
  if (isNormal(comparison) && run === null) return found('pass', valid);
  const windows = windowsText({ slow, normal, neither }, reference?.windowRequests ?? 0);
  return found('too-few', valid, `not decided by ${windows}`);
}

/** Whether a limit relative to the baseline cannot be judged for want of requests alone. */
const wantsRequests = ({ relative, unjudged }: Rule, { verdict }: RuleVerdict, { comparison }: RuleState): boolean =>
  relative !== undefined &&
  verdict === 'too-few' &&
  (unjudged?.lacks === 'requests' ||
    (unjudged === undefined && comparison.slow + comparison.normal + comparison.neither === 0));

/** The quantiles of one trigger are judged together: where one has windows, another that has too few requests for any is left out. */
export function judgeRules(watch: Watch): RuleVerdict[] {
  const verdicts = watch.rules.map((rule) => ({ rule, judged: judgeRule(watch, rule) }));
  const wants = ({ rule, judged }: (typeof verdicts)[number]) =>
    wantsRequests(rule, judged, ruleStateOf(watch, rule.id));
  return verdicts.map((one): RuleVerdict => {
    const { rule, judged } = one;
    if (!wants(one)) return judged;
    const others = verdicts.filter((other) => other.rule.relative && other.rule.line === rule.line && !wants(other));
    const other = others.find(({ judged: { comparison } }) => comparison !== undefined);
    return other ? { ...judged, verdict: 'skipped', reason: `${judged.reason}; the other quantile decides` } : judged;
  });
}

function judgeRuleState({ terms }: Watch, rule: Rule, ruleState: RuleState): Found {
  const valid = measured(ruleState.counts);
  if (ruleState.broken) return found('fail', valid, ruleState.broken.sentence);
  if (rule.unjudged) return found(rule.unjudged.verdict, valid, rule.unjudged.reason);
  if (rule.reference) return againstBaseline(rule, ruleState, valid);
  if (valid === 0) return found(unmeasured(ruleState.counts), valid, lastReason(ruleState));
  if (ruleState.run)
    return found('too-few', valid, `in breach since ${ruleState.run.since}, neither proven nor cleared`);
  if (valid < terms.minimumSamples) return found('too-few', valid, `${valid} of ${terms.minimumSamples} valid samples`);
  const short = tooShort(rule, ruleState, terms.everyMs);
  return short === undefined ? found('pass', valid) : found('too-few', valid, short);
}

function judgeRule(watch: Watch, rule: Rule): RuleVerdict {
  const { id, kind, line, shadow, limit } = rule;
  const quantile = limit.quantile === undefined ? {} : { quantile: limit.quantile };
  const name = { id, kind, line, shadow, metric: limit.metric, ...quantile, windowMs: limit.overMs };
  const ruleState = ruleStateOf(watch, id);
  const comparison = comparedFigures(rule, ruleState.comparison);
  return { ...name, ...judgeRuleState(watch, rule, ruleState), ...(comparison ? { comparison } : {}) };
}

function judgeTally({ terms }: Watch, { valid, noData, errors, skipped, reason }: Tally): Found {
  if (valid >= terms.minimumSamples && valid > 0) return found('pass', valid);
  if (valid > 0) return found('too-few', valid, `${valid} of ${terms.minimumSamples} valid samples`);
  const missing = errors > 0 ? 'error' : 'skipped';
  const none = noData > 0 || (errors === 0 && skipped === 0);
  return found(none ? 'no-data' : missing, valid, reason ?? 'nothing was measured');
}

const severity: readonly Verdict[] = ['pass', 'skipped', 'too-few', 'no-data', 'error', 'fail'];

const worse = (a: Found, b: Found): Found => (severity.indexOf(b.verdict) > severity.indexOf(a.verdict) ? b : a);

/** A metric is as bad as its own samples and as the worst of the thresholds and triggers on it. */
export function judgeMetric(watch: Watch, rules: readonly RuleVerdict[], measure: Measure): MetricVerdict {
  const tally = tallyOf(watch, measure);
  const limits = rules.filter(
    (rule) => rule.kind !== 'criterion' && rule.verdict !== 'skipped' && sameMeasure(rule, measure),
  );
  const { verdict, reason } = limits.reduce(worse, judgeTally(watch, tally));
  const { metric, quantile, unit, windowMs } = measure;
  const name = { metric, ...(quantile === undefined ? {} : { quantile }), unit, windowMs };
  const { valid, last, minimum, maximum } = tally;
  const comparison = limits.find((rule) => rule.comparison !== undefined)?.comparison;
  const details = { ...(reason === undefined ? {} : { reason }), ...(comparison ? { comparison } : {}) };
  return { ...name, verdict, ...details, valid, last, minimum, maximum };
}
