import { formatDuration } from '../values/duration.ts';
import { quantileName } from '../values/figures.ts';
import { metricsNamed } from '../values/metrics.ts';
import type { Metric } from '../plan/monitoring.ts';
import type { Plan } from '../plan/plan.ts';
import { trafficByDefault } from '../plan/traffic.ts';
import { bullets, fence } from './print-lines.ts';
import { bare, code, metricName, writeLimit, writeMetric } from './write-values.ts';
import { metricSources } from '../values/metric-sources.ts';

export function monitoringBlocks(plan: Plan): string[] {
  const { monitoring } = plan;
  return [
    bullets('## Monitoring & Alerting\n', settingLines(plan)),
    ...queryBlocks(monitoring.metrics),
    bullets('**Metrics to Monitor:**', namedMetrics(monitoring.metrics).map(metricLine)),
    bullets(
      '**Alert Thresholds:**',
      monitoring.thresholds.map((threshold) => `${writeLimit(threshold)}: ${writeAlert(threshold.action)}`),
    ),
  ];
}

/** What the document says; where it is silent, profile and defaults speak again. */
function settingLines(plan: Plan): string[] {
  const { monitoring } = plan;
  const { source, everyMs, watchMs, baselineMs, onNoData, minimumSamples, minimumRequests, mode } = monitoring;
  const isStated = (key: string): boolean => !monitoring.defaulted?.includes(key);
  const every = isStated('everyMs') ? `, every ${formatDuration(everyMs)}` : '';
  const then = onNoData.then === 'fail' ? 'fail' : `ask ${onNoData.then.slice('ask:'.length)}`;
  return [
    ...(source ? [`Source: ${metricSources[source.kind].form} ${code(source.url)}`] : []),
    ...(isStated('watchMs') ? [`Watch for ${formatDuration(watchMs)}${every}`] : []),
    ...(isStated('baselineMs') ? [`Baseline: ${formatDuration(baselineMs)}`] : []),
    ...(isStated('minimumSamples') ? [`Minimum samples: ${minimumSamples}`] : []),
    ...(isStated('minimumRequests') ? [`Minimum requests: ${minimumRequests}`] : []),
    ...trafficLines(plan),
    ...(isStated('onNoData') ? [`On no data: wait ${formatDuration(onNoData.waitMs)} then ${then}`] : []),
    ...(mode === 'shadow' ? ['Mode: shadow'] : []),
  ];
}

/** Where nothing runs although it would by default, the document says so. */
function trafficLines(plan: Plan): string[] {
  const { syntheticTraffic, defaulted } = plan.monitoring;
  if (defaulted?.includes('syntheticTraffic')) return [];
  if (syntheticTraffic !== undefined) return ['Traffic from smoke tests: yes'];
  return trafficByDefault(plan).length > 0 ? ['Traffic from smoke tests: no'] : [];
}

function queryBlocks(metrics: readonly Metric[]): string[] {
  const queries = new Map(
    metrics.flatMap(({ metric, query }) => (query === undefined ? [] : [[metricName(metric), query] as const])),
  );
  return [...queries].map(([name, query]) => fence(query.split('\n'), `promql ${name}`).join('\n'));
}

/**
 * The metrics that a line can name as they are. From the first that none can, they follow again from fences and limits: a metric
 * without its quantile, or in the unit of a limit.
 */
function namedMetrics(metrics: readonly Metric[]): readonly Metric[] {
  const first = metrics.findIndex((metric) => !isNamed(metric));
  return first < 0 ? metrics : metrics.slice(0, first);
}

function isNamed({ metric, quantile, unit }: Metric): boolean {
  const known = metricsNamed(metricName(metric), new Map())?.[0];
  return !known || (known.units[0] === unit && known.quantiles === (quantile !== undefined));
}

/** A response time that may be absent is its p95: it takes no quantile beside `(if applicable)`. */
function metricLine({ metric, quantile, optional }: Metric): string {
  if (optional) return `${writeMetric(metric)} (if applicable)`;
  return quantile === undefined ? writeMetric(metric) : `${writeMetric(metric)} (${quantileName(quantile)})`;
}

function writeAlert(action: string): string {
  if (action.startsWith('notify:')) return `Notify ${bare(action.slice('notify:'.length))}`;
  return { rollback: 'Rollback immediately', page: 'Page on-call', warn: 'Warning' }[action] ?? action;
}
