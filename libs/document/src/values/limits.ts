import { comparisonPattern, readComparison } from './comparison.ts';
import { masked } from '../markdown/code-spans.ts';
import type { LimitNode } from '../reading/nodes.ts';
import { parseQuantile, readMetricNames, type MetricName, type Queries } from './metrics.ts';
import type { Comparison } from '../plan/values.ts';
import type { Unit } from '../plan/monitoring.ts';
import { parseQuantity, type Quantity } from './quantity.ts';
import type { Reading } from '../reading/reading.ts';
import type { Span } from '../markdown/span.ts';

interface LimitParts {
  readonly name: Span;
  readonly quantile?: Span;
  readonly operator: Span;
  readonly value: Span;
  readonly over?: Span;
  readonly for?: Span;
}

const operatorPattern = new RegExp(comparisonPattern, 'i');

/** Divides `METRIC [p99] op VALUE [over D] [for D]`. */
function divide(span: Span): LimitParts | undefined {
  const operator = operatorPattern.exec(masked(span.text));
  if (!operator || operator.index === 0) return undefined;
  const [left, right] = [span.slice(0, operator.index).trim(), span.slice(operator.index + operator[0].length).trim()];
  const { before: value, after: times } = cut(right, ['over', 'for']);
  if (value.isEmpty) return undefined;
  const quantile = / \(?(p\d[\d.]*)\)?$/i.exec(left.text);
  return {
    name: quantile ? left.slice(0, quantile.index).trim() : left,
    ...(quantile && { quantile: left.slice(left.text.lastIndexOf(quantile[1]!)).slice(0, quantile[1]!.length) }),
    operator: span.slice(operator.index, operator.index + operator[0].length),
    value,
    ...times,
  };
}

/** Divides a text before the words that begin a duration. */
function cut(span: Span, words: readonly ('over' | 'for')[]): { before: Span; after: { over?: Span; for?: Span } } {
  const found = words
    .map((word) => ({ word, offset: span.text.toLowerCase().indexOf(` ${word} `) }))
    .filter(({ offset }) => offset >= 0)
    .sort((a, b) => a.offset - b.offset);
  const after: { over?: Span; for?: Span } = {};
  found.forEach(({ word, offset }, index) => {
    after[word] = span.slice(offset + word.length + 2, found[index + 1]?.offset).trim();
  });
  return { before: span.slice(0, found[0]?.offset).trim(), after };
}

const written: Record<Unit, string> = {
  ratio: '5%',
  ms: '500ms or 2s',
  bytes: '512MiB',
  count: '100',
  'per-second': '100/s',
};

/** Whether a line has the shape of `METRIC op VALUE`. */
export function looksLikeLimit(span: Span): boolean {
  return divide(span) !== undefined;
}

/** Reads `METRIC [p99] op VALUE [over D] [for D]`; a name that stands for two metrics gives two limits. */
export function readLimits(span: Span, queries: Queries, reading: Reading): LimitNode[] {
  const parts = divide(span);
  if (!parts) {
    reading.report.error(span, 'unknown-line', 'expected a limit, as “Error rate > 5% for 1m”');
    return [];
  }
  const names = readMetricNames(parts.name, queries, reading) ?? [];
  const operator = readComparison(parts.operator.text);
  const times = {
    ...optional('overMs', parts.over && reading.duration(parts.over)),
    ...optional('forMs', parts.for && reading.duration(parts.for, { zero: true })),
  };
  return names.flatMap((name) => {
    const quantity = readValue(parts.value, name, reading);
    const quantile = readQuantile(parts.quantile, name, parts.name, reading);
    if (!quantity || quantile === null) return [];
    warnOfIdle(name, operator, quantity, parts.value, reading);
    return [{ metric: name.metric, ...optional('quantile', quantile), operator, ...quantity, ...times }];
  });
}

function optional<Key extends string, Type>(key: Key, value: Type | undefined): { [key in Key]?: Type } {
  return value === undefined ? {} : ({ [key]: value } as { [key in Key]: Type });
}

/** A response time without a quantile is its p95. */
function readQuantile(span: Span | undefined, name: MetricName, at: Span, reading: Reading): number | undefined | null {
  if (!span) return name.quantiles ? 0.95 : undefined;
  const quantile = parseQuantile(span.text);
  if (quantile !== undefined && name.quantiles) return quantile;
  const message = name.quantiles
    ? `“${span.text}” is not a quantile; write p95 or p99`
    : `${at.text.trim()} has no quantiles; remove ${span.text}`;
  reading.report.error(span, 'bad-value', message);
  return null;
}

function readValue(span: Span, name: MetricName, reading: Reading): { value: number; unit: Unit } | undefined {
  const quantity = parseQuantity(span.text);
  if (!quantity) return reading.report.error(span, 'bad-value', `“${span.text}” is not a value; write ${advice(name)}`);
  const unit = unitOf(quantity, name);
  if (unit) return { value: quantity.value, unit };
  if (quantity.unit === 'none') {
    return reading.report.error(span, 'missing-unit', `“${span.text}” has no unit; write ${advice(name)}`);
  }
  return reading.report.error(
    span,
    'wrong-unit',
    `“${span.text}” has the unit of another metric; write ${advice(name)}`,
  );
}

function unitOf(quantity: Quantity, name: MetricName): Unit | undefined {
  if (quantity.unit !== 'none') return name.units.find((unit) => unit === quantity.unit);
  return name.units.find((unit) => unit === 'count' || unit === 'per-second');
}

function advice(name: MetricName): string {
  return name.units.map((unit) => written[unit]).join(' or ');
}

function warnOfIdle(
  name: MetricName,
  operator: Comparison,
  quantity: { value: number; unit: Unit },
  at: Span,
  reading: Reading,
): void {
  const { value, unit } = quantity;
  const most = unit === 'ratio' && ['error-rate', 'cpu', 'memory'].includes(name.metric) ? 1 : Infinity;
  const never =
    (operator === '>' && value >= most) || (operator === '>=' && value > most) || (operator === '<' && value <= 0);
  const always =
    (operator === '>=' && value <= 0) || (operator === '<=' && value >= most) || (operator === '<' && value > most);
  if (never)
    reading.report.warn(
      at,
      'never-breaches',
      `no value of this metric is ${operator} ${at.text}: the limit can never break; write another`,
    );
  if (always)
    reading.report.warn(
      at,
      'always-breaches',
      `every value of this metric is ${operator} ${at.text}: the limit always breaks; write another`,
    );
}
