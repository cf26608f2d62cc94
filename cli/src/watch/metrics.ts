import type { MetricSeries, Sample } from '../api/shapes.ts';
import type { Colors } from '../context.ts';
import { quantity, sparkline } from '../output/format.ts';

const shown = 16;

const units: Readonly<Record<string, string>> = {
  'request-rate': 'per-second',
  'error-rate': 'ratio',
  'response-time': 'ms',
  cpu: 'ratio',
  memory: 'ratio',
  'database-connections': 'count',
  'queue-depth': 'count',
};

interface Limit {
  readonly text: string;
  readonly value: number;
}

/** `error rate  0.2 %  ▁▁▂▁  limit 5 %`: the cells of one row. */
export function metricRow(colors: Colors, series: MetricSeries): string[] {
  const { samples } = series;
  const recent = samples.slice(-shown);
  const limit = limitOf(series);
  const values = recent.map(({ value }) => value);
  const top = Math.max(limit?.value ?? 0, ...values.map((value) => value ?? 0)) || 1;
  return [
    nameOf(series),
    latest(colors, recent.at(-1), unitOf(series)),
    colors.dim(sparkline(values, top)),
    limit ? `limit ${limit.text}` : '',
  ];
}

export function nameOf({ metric, quantile }: Pick<MetricSeries, 'metric' | 'quantile'>): string {
  const words = metric.replaceAll('-', ' ');
  return quantile ? `${words} p${Number((quantile * 100).toFixed(3))}` : words;
}

function unitOf({ metric, unit, threshold }: MetricSeries): string | undefined {
  const fromThreshold = typeof threshold === 'object' ? threshold?.unit : undefined;
  return unit ?? fromThreshold ?? units[metric];
}

function limitOf(series: MetricSeries): Limit | null {
  const { threshold } = series;
  if (threshold === undefined || threshold === null) return null;
  const value = typeof threshold === 'number' ? threshold : threshold.value;
  return Number.isFinite(value) ? { value, text: quantity(value, unitOf(series)) } : null;
}

function latest(colors: Colors, sample: Sample | undefined, unit: string | undefined): string {
  if (!sample) return colors.dim('no sample yet');
  if (sample.value === null) return colors.yellow(sample.verdict);
  const text = quantity(sample.value, unit);
  return sample.verdict === 'fail' ? colors.red(`✖ ${text}`) : text;
}
