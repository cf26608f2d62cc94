import type { Unit } from '@backstay/document';
import { alertOf } from './alert.ts';
import type { Rule } from './rule.ts';

const metricNames: Record<string, string> = { cpu: 'CPU' };

export function measureName({ metric, quantile }: { metric: string; quantile?: number | undefined }): string {
  const alert = alertOf(metric);
  if (alert !== undefined) return `alert ${alert}`;
  const name = metricNames[metric] ?? metric.replaceAll('-', ' ');
  return quantile === undefined ? name : `${name} p${trimmed(quantile * 100)}`;
}

/** Three significant digits, without an exponent or trailing zeros; whole numbers as they are. */
function trimmed(value: number): string {
  if (Number.isInteger(value)) return value.toFixed(0);
  const decimals = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(Math.min(decimals, 9)).replace(/\.?0+$/, '');
}

const steps: readonly [number, string][] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1_000, 's'],
];

/** 1500 -> "1.5 s", 90000 -> "90 s", 120000 -> "2 min" */
export function duration(ms: number): string {
  const [size, name] =
    steps.find(([step]) => ms >= step && ms % step === 0) ?? (ms >= 1_000 ? [1_000, 's'] : [1, 'ms']);
  return `${trimmed(ms / size)} ${name}`;
}

function bytes(value: number): string {
  const size = [1024 ** 3, 1024 ** 2, 1024].find((step) => Math.abs(value) >= step) ?? 1;
  return `${trimmed(value / size)} ${{ [1024 ** 3]: 'GiB', [1024 ** 2]: 'MiB', 1024: 'KiB' }[size] ?? 'B'}`;
}

export function quantity(value: number, unit: Unit): string {
  if (unit === 'ratio') return `${trimmed(value * 100)} %`;
  if (unit === 'ms') return duration(value);
  if (unit === 'bytes') return bytes(value);
  return unit === 'per-second' ? `${trimmed(value)}/s` : trimmed(value);
}

const limitWords = {
  avoid: { '>': 'limit', '>=': 'limit', '<': 'lower limit', '<=': 'lower limit', '=': 'must not be' },
} as const;

function limitClause({ limit, aim, baseline }: Rule): string {
  const value = quantity(limit.value, limit.unit);
  if (aim === 'keep') return `must stay ${limit.operator} ${value}`;
  const origin = baseline
    ? `, ${trimmed(baseline.ratio * 100)} % above the baseline of ${quantity(baseline.value, limit.unit)},`
    : '';
  return `${limitWords.avoid[limit.operator]} ${value}${origin}`;
}

/** "error rate was 9.8 % (limit 5 % for 5 s, line 142)" */
export function breachSentence(rule: Rule, observed: number, above: boolean): string {
  if (alertOf(rule.limit.metric) !== undefined) return `${measureName(rule.limit)} fires (line ${rule.line})`;
  const value = `${above ? 'more than ' : ''}${quantity(observed, rule.limit.unit)}`;
  const lasting = rule.limit.forMs > 0 ? ` for ${duration(rule.limit.forMs)}` : '';
  return `${measureName(rule.limit)} was ${value} (${limitClause(rule)}${lasting}, line ${rule.line})`;
}

/** "error rate had no data for 10 s: connection refused (line 142)" */
export const darknessSentence = (rule: Rule, darkMs: number, reason: string): string =>
  `${measureName(rule.limit)} had no data for ${duration(darkMs)}: ${reason} (line ${rule.line})`;
