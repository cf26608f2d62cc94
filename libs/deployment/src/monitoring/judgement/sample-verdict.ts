import { counted, type Comparison as Operator } from '@backstay/document';
import { compare, type Comparison } from './comparison.ts';
import type { Rule } from './rule.ts';
import { instant, type Sample } from './sample.ts';
import { soundness } from './soundness.ts';

/**
 * What one sample says about one rule. `good` and `bad` are measurements; the others neither prove nor clear anything:
 * `too-few` is a breach on fewer requests than the document asks for.
 */
export type SampleVerdict =
  | { readonly kind: 'good' | 'bad'; readonly value: number }
  | { readonly kind: 'too-few' | 'no-data' | 'error' | 'skipped'; readonly reason: string };

const comparisons: Record<Operator, (a: number, b: number) => boolean> = {
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '=': (a, b) => a === b,
};

export const holds = (value: number, operator: Operator, limit: number): boolean => comparisons[operator](value, limit);

/** Only shares of requests and quantiles are noise on little traffic; a fallen request rate is itself the finding. */
const restsOnRequests = ({ metric, quantile }: Sample): boolean => metric === 'error-rate' || quantile !== undefined;

/** A value that is only known to lie above a bound decides a limit no greater than that bound, and no other. */
const undecided = ({ limit }: Rule, { value, above }: Sample): boolean => above === true && Number(value) < limit.value;

/** Above a bound that is no smaller than the limit, every value compares alike. */
const compares = ({ limit }: Rule, value: number, above: boolean): boolean =>
  above ? limit.operator === '>' || limit.operator === '>=' : holds(value, limit.operator, limit.value);

const isBad = (rule: Rule, value: number, above: boolean): boolean =>
  compares(rule, value, above) === (rule.aim === 'avoid');

export function sampleVerdictOf(rule: Rule, sample: Sample | undefined, minimumRequests: number): SampleVerdict {
  if (rule.unjudged) return { kind: rule.unjudged.verdict, reason: rule.unjudged.reason };
  if (!sample) return { kind: 'no-data', reason: 'was not read' };
  const sound = soundness(sample);
  if (sound.verdict !== 'sound') return { kind: sound.verdict, reason: sound.reason };
  if (sample.unit !== rule.limit.unit)
    return { kind: 'error', reason: `was read in ${sample.unit}, the limit is in ${rule.limit.unit}` };
  if (rule.reference) return { kind: 'good', value: sound.value };
  if (undecided(rule, sample))
    return { kind: 'no-data', reason: `is only known to be above ${sample.value}, which does not decide the limit` };
  if (!isBad(rule, sound.value, sample.above === true)) return { kind: 'good', value: sound.value };
  if (restsOnRequests(sample) && sample.requests !== undefined && sample.requests < minimumRequests) {
    return {
      kind: 'too-few',
      reason: `${counted(Math.round(sample.requests), 'request')} in the window, ${minimumRequests} are needed`,
    };
  }
  return { kind: 'bad', value: sound.value };
}

export interface Judged {
  readonly verdict: SampleVerdict;
  readonly comparison: Comparison;
}

/** A limit relative to the baseline is judged by windows of requests: a sample that fills none proves and clears nothing. */
export function comparedVerdictOf(
  rule: Rule,
  sample: Sample | undefined,
  comparison: Comparison,
  { minimumRequests, everyMs }: { readonly minimumRequests: number; readonly everyMs: number },
): Judged {
  const verdict = sampleVerdictOf(rule, sample, minimumRequests);
  const { reference } = rule;
  if (reference === undefined || sample === undefined || verdict.kind !== 'good') return { verdict, comparison };
  if (sample.counted === undefined)
    return { verdict: { kind: 'too-few', reason: 'the source counts no requests by duration' }, comparison };
  const part = { at: instant(sample.time), ...sample.counted };
  const { window, comparison: next } = compare(comparison, part, reference, 2 * everyMs);
  if (window === null)
    return {
      verdict: { kind: 'too-few', reason: `a window needs ${reference.windowRequests} requests` },
      comparison: next,
    };
  if (window.verdict === 'neither')
    return { verdict: { kind: 'too-few', reason: 'the window is neither slow nor normal' }, comparison: next };
  const value = window.quantileMs ?? verdict.value;
  return { verdict: { kind: window.verdict === 'slow' ? 'bad' : 'good', value }, comparison: next };
}
