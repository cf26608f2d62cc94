import { duration, percent, quantity } from '@backstay/document';
import { alertOf, measureName } from './measure-name.ts';
import type { Rule } from './rule.ts';

const limitTexts = {
  avoid: { '>': 'limit', '>=': 'limit', '<': 'lower limit', '<=': 'lower limit', '=': 'must not be' },
} as const;

function limitClause({ limit, aim, baseline }: Rule): string {
  const value = quantity(limit.value, limit.unit);
  if (aim === 'keep') return `must stay ${limit.operator} ${value}`;
  const origin = baseline
    ? `, ${percent(baseline.ratio)} above the baseline of ${quantity(baseline.value, limit.unit)},`
    : '';
  return `${limitTexts.avoid[limit.operator]} ${value}${origin}`;
}

/** "error rate was 9.8 % (limit 5 % for 5 s, line 142)" */
export function breachSentence(rule: Rule, observed: number, above: boolean): string {
  if (alertOf(rule.limit.metric) !== undefined) return `${measureName(rule.limit)} fires (line ${rule.line})`;
  const value = `${above ? 'more than ' : ''}${quantity(observed, rule.limit.unit)}`;
  const lasting = rule.limit.forMs > 0 ? ` for ${duration(rule.limit.forMs)}` : '';
  return `${measureName(rule.limit)} was ${value} (${limitClause(rule)}${lasting}, line ${rule.line})`;
}

/** "error rate had no data for 10 s: connection refused (line 142)" */
export const dataGapSentence = (rule: Rule, missingMs: number, reason: string): string =>
  `${measureName(rule.limit)} had no data for ${duration(missingMs)}: ${reason} (line ${rule.line})`;
