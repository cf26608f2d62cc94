import type { MetricSeries, Sample } from '@backstay/api-contract';
import type { Colors } from '../context.ts';
import { quantileName, quantity } from '@backstay/document/figures';
import { sparkline } from '../output/format.ts';

const shown = 16;

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
    latest(colors, recent.at(-1), series.unit),
    colors.dim(sparkline(values, top)),
    limit ? `limit ${limit.text}` : '',
  ];
}

export function nameOf({ metric, quantile }: Pick<MetricSeries, 'metric' | 'quantile'>): string {
  const words = metric.replaceAll('-', ' ');
  return quantile ? `${words} ${quantileName(quantile)}` : words;
}

function limitOf(series: MetricSeries): Limit | null {
  const { threshold } = series;
  return threshold === undefined ? null : { value: threshold.value, text: quantity(threshold.value, series.unit) };
}

function latest(colors: Colors, sample: Sample | undefined, unit: string | undefined): string {
  if (!sample) return colors.dim('no sample yet');
  if (sample.value === null) return colors.yellow(sample.verdict);
  const text = quantity(sample.value, unit);
  return sample.verdict === 'fail' ? colors.red(`✖ ${text}`) : text;
}
