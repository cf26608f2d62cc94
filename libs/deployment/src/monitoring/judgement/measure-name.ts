import type { Limit } from '@backstay/document';
import { quantileName } from '@backstay/document';

const prefix = 'alert:';

/** What a trigger on an alert asks of it. The alert has a `for` of its own where it is defined: one tick that sees it fire decides. */
export function firing(alert: string, overMs: number): Limit {
  return { metric: `${prefix}${alert}`, operator: '>=', value: 1, unit: 'count', forMs: 0, overMs };
}

/** The alert whose state a measure is, 1 while it fires and 0 while it does not; undefined for every other metric. */
export function alertOf(metric: string): string | undefined {
  return metric.startsWith(prefix) ? metric.slice(prefix.length) : undefined;
}

const metricNames: Record<string, string> = { cpu: 'CPU' };

export function measureName({ metric, quantile }: { metric: string; quantile?: number | undefined }): string {
  const alert = alertOf(metric);
  if (alert !== undefined) return `alert ${alert}`;
  const name = metricNames[metric] ?? metric.replaceAll('-', ' ');
  return quantile === undefined ? name : `${name} ${quantileName(quantile)}`;
}
