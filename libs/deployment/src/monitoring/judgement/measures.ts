import type { Limit, Metric, Plan } from '@backstay/document';
import { firing } from './measure-name.ts';
import { measureKey, type Measure } from './sample.ts';

/** The parts of a plan that are judged from metrics. */
export type Judged = Pick<Plan, 'monitoring'> & {
  readonly rollback: Pick<Plan['rollback'], 'triggers'>;
  readonly acceptanceCriteria: Plan['acceptanceCriteria'];
};

/** The quantiles that a degradation trigger compares with the baseline. */
export const degradationQuantiles = [0.95, 0.99] as const;

/** The window of a metric that no limit names. */
export const defaultWindowMs = (everyMs: number): number => Math.max(5 * everyMs, 5_000);

type Asked = Pick<Limit, 'metric' | 'quantile' | 'unit' | 'overMs'> & Pick<Measure, 'counted'>;

const asked = ({ metric, quantile, unit, overMs }: Asked): Asked => ({ metric, quantile, unit, overMs });

function askedByTriggers({ monitoring, rollback }: Judged): Asked[] {
  return rollback.triggers.flatMap(({ rule }) => {
    if (rule.kind === 'limit') return [asked(rule.limit)];
    if (rule.kind === 'alert') return [asked(firing(rule.alert, defaultWindowMs(monitoring.everyMs)))];
    if (rule.kind !== 'degradation') return [];
    return degradationQuantiles.map((quantile) => ({
      metric: 'response-time',
      quantile,
      unit: 'ms',
      overMs: rule.overMs,
      counted: true,
    }));
  });
}

const askedByCriteria = ({ acceptanceCriteria }: Judged): Asked[] =>
  acceptanceCriteria.flatMap(({ rule }) => (rule.kind === 'limit' ? [asked(rule.limit)] : []));

function askedByNames({ monitoring }: Judged, others: readonly Asked[]): Asked[] {
  const isAsked = (metric: Metric) => others.some((o) => o.metric === metric.metric && o.quantile === metric.quantile);
  return monitoring.metrics
    .filter((metric) => !isAsked(metric))
    .map(({ metric, quantile, unit }) => ({ metric, quantile, unit, overMs: defaultWindowMs(monitoring.everyMs) }));
}

function definitionOf(metrics: readonly Metric[], { metric, quantile }: Asked): Metric | undefined {
  const named = metrics.filter((candidate) => candidate.metric === metric);
  return named.find((candidate) => candidate.quantile === quantile) ?? named[0];
}

function measureOf(metrics: readonly Metric[], wanted: Asked): Measure {
  const definition = definitionOf(metrics, wanted);
  return {
    metric: wanted.metric,
    ...(wanted.quantile === undefined ? {} : { quantile: wanted.quantile }),
    unit: wanted.unit,
    windowMs: wanted.overMs,
    ...(definition?.query === undefined ? {} : { query: definition.query }),
    optional: definition?.optional ?? false,
    ...(wanted.counted === undefined ? {} : { counted: wanted.counted }),
  };
}

/** Everything that must be read at each tick: what thresholds, triggers and criteria judge, and what is only named. */
export function measuresOf(judged: Judged): Measure[] {
  const limits = [...judged.monitoring.thresholds.map(asked), ...askedByTriggers(judged), ...askedByCriteria(judged)];
  const all = [...limits, ...askedByNames(judged, limits)].map((wanted) =>
    measureOf(judged.monitoring.metrics, wanted),
  );
  const isCounted = (key: string) => all.some((measure) => measure.counted === true && measureKey(measure) === key);
  const distinct = new Map(all.map((measure) => [measureKey(measure), measure]));
  return [...distinct].map(([key, measure]) => (isCounted(key) ? { ...measure, counted: true } : measure));
}
