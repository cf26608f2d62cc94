import { expectedOneOf } from '../problems/expected.ts';
import { didYouMean } from '../problems/nearest.ts';
import type { Unit } from '../plan/monitoring.ts';
import type { Reading } from '../reading/reading.ts';
import type { Span } from '../markdown/span.ts';

/** A metric that a line names, with the units in which its values may be written; the first is shown in advice. */
export interface MetricName {
  readonly metric: string;
  readonly units: readonly Unit[];
  readonly quantiles: boolean;
}

const requestRate: MetricName = { metric: 'request-rate', units: ['per-second'], quantiles: false };
const errorRate: MetricName = { metric: 'error-rate', units: ['ratio'], quantiles: false };
const responseTime: MetricName = { metric: 'response-time', units: ['ms'], quantiles: true };
const cpu: MetricName = { metric: 'cpu', units: ['ratio'], quantiles: false };
const memory: MetricName = { metric: 'memory', units: ['ratio', 'bytes'], quantiles: false };
const databaseConnections: MetricName = { metric: 'database-connections', units: ['count'], quantiles: false };
const queueDepth: MetricName = { metric: 'queue-depth', units: ['count'], quantiles: false };

/** The closed table of names. One name may stand for two metrics. */
export const metricAliases: Readonly<Record<string, readonly MetricName[]>> = {
  'request rate': [requestRate],
  'error rate': [errorRate],
  'response time': [responseTime],
  latency: [responseTime],
  cpu: [cpu],
  'cpu usage': [cpu],
  memory: [memory],
  'memory usage': [memory],
  'cpu/memory usage': [cpu, memory],
  'cpu/memory': [cpu, memory],
  'database connections': [databaseConnections],
  'queue depth': [queueDepth],
};

/** Metrics of `promql` fences. */
export type Queries = ReadonlyMap<string, string>;

const anyUnit: readonly Unit[] = ['count', 'ratio', 'ms', 'bytes', 'per-second'];

export function metricsNamed(name: string, queries: Queries): readonly MetricName[] | undefined {
  const plain = name
    .replace(/\*\*|__/g, '')
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/[.;]$/, '')
    .toLowerCase();
  const known = Object.hasOwn(metricAliases, plain) ? metricAliases[plain] : undefined;
  if (known) return known;
  return queries.has(plain) ? [{ metric: plain, units: anyUnit, quantiles: false }] : undefined;
}

export function readMetricNames(span: Span, queries: Queries, reading: Reading): readonly MetricName[] | undefined {
  const name = reading.bare(span);
  const found = metricsNamed(name.text, queries);
  if (found) return found;
  if (/^performance degradation$/i.test(name.text.trim())) {
    const message =
      '“Performance degradation” is measured against the baseline, which only a rollback trigger does in this version; write “Response time p95 > …”';
    return reading.report.error(name, 'unsupported', message);
  }
  const known = [...Object.keys(metricAliases), ...queries.keys()];
  const near = didYouMean(name.text, known);
  if (reading.hasOpenMetrics && !near) return undefined;
  const message = `unknown metric “${name.text}”; ${expectedOneOf([...known, 'a name that a `promql NAME` fence defines'])}`;
  return reading.report.error(name, 'unknown-metric', message + near);
}

/** `p95` -> 0.95, `p99.9` -> 0.999 */
export function parseQuantile(text: string): number | undefined {
  const found = /^p(\d{1,2}(?:\.\d{1,3})?)$/i.exec(text.trim());
  const value = found ? Number((Number(found[1]) / 100).toPrecision(8)) : 0;
  return value > 0 && value < 1 ? value : undefined;
}
