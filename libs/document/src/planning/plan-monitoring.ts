import { boundLogs, given } from '../context/bindings.ts';
import type { LimitNode, MonitoringNode, TriggerNode } from '../reading/nodes.ts';
import type { Needs } from './needs.ts';
import { evidenceReadBy } from '../steps/lookup.ts';
import { builtInMetricSchema, type Limit, type Metric, type Monitoring, type Trigger } from '../plan/monitoring.ts';
import type { Criterion } from '../plan/criteria.ts';
import type { Step } from '../plan/plan.ts';
import { asksPrometheus } from '../values/metric-sources.ts';

const second = 1_000;

/** The absolute minimum of a limit relative to the baseline: below it a difference is no degradation, however large as a share. */
export const defaultBeyondMs = 100;

/** The watch as the document wants it; where it is silent as the profile says, else by default. */
export function planMonitoring(needs: Needs, steps: readonly Step[]): Monitoring {
  const { document, profile } = needs;
  const own = document.monitoring;
  const usual = profile?.monitoring ?? {};
  const everyMs = own.everyMs ?? usual.everyMs ?? 10 * second;
  const watchMs = own.watchMs ?? usual.watchMs ?? 600 * second;
  const source = own.source ?? profile?.metrics ?? null;
  const metrics = measuredMetrics(document);
  const asking = prometheusLine(document);
  if (asking !== undefined && !asksPrometheus(source))
    needs.profileEntry(asking, { key: 'metrics', value: 'prometheus http://…' });
  else if (!source && metrics.length > 0)
    needs.profileEntry(metrics[0]!.source.line, { key: 'metrics', value: 'scrape http://…/metrics' });
  const silent = (
    ['everyMs', 'watchMs', 'baselineMs', 'minimumSamples', 'minimumRequests', 'onNoData'] as const
  ).filter((key) => own[key] === undefined);
  return {
    source,
    watchMs,
    everyMs,
    baselineMs: own.baselineMs ?? usual.baselineMs ?? 60 * second,
    minimumSamples: own.minimumSamples ?? usual.minimumSamples ?? usualSamples(watchMs, everyMs),
    minimumRequests: own.minimumRequests ?? usual.minimumRequests ?? 20,
    mode: own.mode ?? 'active',
    onNoData: own.onNoData ?? usual.onNoData ?? { waitMs: Math.max(6 * everyMs, 10 * second), then: 'ask:on-call' },
    metrics,
    thresholds: own.thresholds.map(({ action, source: at, ...limit }) => ({
      ...withTimes(limit, everyMs),
      action,
      source: at,
    })),
    limits: { cores: profile?.limits.cores ?? null, memoryBytes: profile?.limits.memoryBytes ?? null },
    dashboards: [...(profile?.dashboards ?? [])],
    logs: loggedBy(steps) ?? boundLogs(needs.bindings) ?? null,
    ...given('defaulted', silent.length > 0 ? [...silent] : undefined),
  };
}

/** The first line that only Prometheus can evaluate. */
function prometheusLine({ monitoring, rollback }: Needs['document']): number | undefined {
  const alert = rollback.triggers.find(({ rule }) => rule.kind === 'alert');
  const query = monitoring.metrics.find((metric) => metric.query !== undefined);
  return query?.source.line ?? alert?.source.line;
}

/** Half of the ticks of the watch must be valid, but at least three. */
export function usualSamples(watchMs: number, everyMs: number): number {
  return Math.max(3, Math.floor(watchMs / everyMs / 2));
}

/** A limit breaks after three ticks; rates and quantiles are over five, but at least five seconds. */
function withTimes(limit: LimitNode, everyMs: number, forMs = limit.forMs): Limit {
  const defaulted = [...(forMs === undefined ? ['forMs'] : []), ...(limit.overMs === undefined ? ['overMs'] : [])];
  return {
    ...limit,
    forMs: forMs ?? 3 * everyMs,
    overMs: limit.overMs ?? Math.max(5 * everyMs, 5 * second),
    ...given('defaulted', defaulted.length > 0 ? defaulted : undefined),
  };
}

function loggedBy(steps: readonly Step[]): Monitoring['logs'] | undefined {
  return steps.map(({ action }) => evidenceReadBy(action)).find((evidence) => evidence?.reader === 'log');
}

/** What is named to be monitored, and what limits rest on. */
function measuredMetrics(document: Needs['document']): Metric[] {
  const limits = limitsOf(document);
  const metrics = document.monitoring.metrics.map((metric) => inUnitOf(limits, metric));
  for (const { limit, line } of limits) {
    const { metric, quantile, unit } = limit;
    if (metrics.some((each) => each.metric === metric && each.quantile === quantile)) continue;
    const query = metrics.find((each) => each.metric === metric)?.query;
    const measured = { metric, ...given('quantile', quantile), unit, ...given('query', query) };
    metrics.push({ ...measured, optional: false, source: { line } });
  }
  return metrics;
}

type Measured = Pick<LimitNode, 'metric' | 'quantile' | 'unit'>;

function limitsOf({ monitoring, rollback, criteria }: Needs['document']): { limit: Measured; line: number }[] {
  return [
    ...monitoring.thresholds.map((limit) => ({ limit, line: limit.source.line })),
    ...rollback.triggers.flatMap(({ rule, source }) => {
      if (rule.kind === 'limit') return [{ limit: rule.limit, line: source.line }];
      return rule.kind === 'degradation' ? comparedTimes.map((limit) => ({ limit, line: source.line })) : [];
    }),
    ...criteria.flatMap(({ rule, line }) => (rule.kind === 'limit' ? [{ limit: rule.limit, line }] : [])),
  ];
}

/** What performance degradation compares with the baseline. */
const comparedTimes: readonly Measured[] = [0.95, 0.99].map((quantile) => ({
  metric: 'response-time',
  quantile,
  unit: 'ms',
}));

/** The values of a query have the unit of the first limit on it. */
function inUnitOf(limits: readonly { limit: Measured }[], metric: Metric): Metric {
  if (builtInMetricSchema.safeParse(metric.metric).success) return metric;
  const unit = limits.find(({ limit }) => limit.metric === metric.metric)?.limit.unit;
  return unit === undefined ? metric : { ...metric, unit };
}

/** Without its own `for` a trigger takes that of the same metric's threshold. */
export function planTriggers(needs: Needs, everyMs: number): Trigger[] {
  const { rollback, monitoring } = needs.document;
  return rollback.triggers.map(({ text, rule, source }) => {
    const isWatched = rule.kind !== 'smoke-tests' && rule.kind !== 'manual';
    if (rollback.mode === 'shadow' && rule.kind === 'smoke-tests') warnOfShadow(source.line, needs);
    const mode = isWatched ? (rollback.mode ?? 'active') : 'active';
    return { text, rule: planRule(rule, monitoring, everyMs), mode, source };
  });
}

function warnOfShadow(line: number, needs: Needs): void {
  const message =
    '`Mode: shadow` is of what the watch measures; smoke tests that fail still roll back, unless their own `Failure:` says otherwise';
  const column = needs.document.columns.get(line) ?? 1;
  needs.warnings.push({ line, column, severity: 'warning', code: 'unsupported', message });
}

function planRule(rule: TriggerNode['rule'], monitoring: MonitoringNode, everyMs: number): Trigger['rule'] {
  if (rule.kind === 'limit') {
    const { limit } = rule;
    return {
      kind: 'limit',
      limit: withTimes(limit, everyMs, limit.forMs ?? lastingOf(limit.metric, limit.quantile, monitoring)),
    };
  }
  if (rule.kind !== 'degradation') return rule;
  const lasting = rule.forMs ?? lastingOf('response-time', undefined, monitoring);
  const defaulted = [...(lasting === undefined ? ['forMs'] : []), ...(rule.overMs === undefined ? ['overMs'] : [])];
  return {
    ...rule,
    forMs: lasting ?? 3 * everyMs,
    overMs: rule.overMs ?? Math.max(5 * everyMs, 5 * second),
    ...given('defaulted', defaulted.length > 0 ? defaulted : undefined),
  };
}

function lastingOf(metric: string, quantile: number | undefined, { thresholds }: MonitoringNode): number | undefined {
  const same = thresholds.filter(
    (each) => each.metric === metric && (quantile === undefined || each.quantile === quantile),
  );
  return same.find(({ forMs }) => forMs !== undefined)?.forMs;
}

export function planCriteria(needs: Needs, everyMs: number): Criterion[] {
  return needs.document.criteria.map(({ text, line, rule }) => ({
    text,
    line,
    rule: rule.kind === 'limit' ? { kind: 'limit', limit: withTimes(rule.limit, everyMs) } : rule,
  }));
}
