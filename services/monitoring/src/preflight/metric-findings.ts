import {
  alertOf,
  measureKey,
  measureName,
  measuresOf,
  rulesOf,
  type Finding,
  type Measure,
} from '@backstay/deployment';
import { placeOfUrl, type Plan } from '@backstay/document';
import { allowList } from '@backstay/guarded-io';
import { askAgain, type AskAgainOptions } from '@backstay/service-kit';
import type { MetricProbe, MetricReader } from '@backstay/telemetry';

/**
 * Whether the source may be called at all, and which metrics have data there. Those of the service itself cannot while nothing `runs`;
 * an alert is Prometheus's own, and is asked for in any case.
 */
export async function metricFindings(
  plan: Plan,
  reader: Pick<MetricReader, 'probe'>,
  now: string,
  runs: boolean,
  again?: AskAgainOptions,
): Promise<Finding[]> {
  const probed = await probesOf(reader, now, again);
  const measures = new Map(measuresOf(plan).map((measure) => [measureKey(measure), measure]));
  const needed = neededKeys(plan);
  return [
    ...notAllowed(plan),
    ...probed.map((probeOf): Finding => {
      const key = measureKey(probeOf);
      const isKnowable = runs || alertOf(probeOf.metric) !== undefined;
      const mayBlock = isKnowable && needed.has(key) && measures.get(key)?.optional !== true;
      return {
        code: 'metric',
        subject: measureName(probeOf),
        blocking: mayBlock,
        ...outcomeOf(probeOf),
        ...lineOf(plan, probeOf),
      };
    }),
  ];
}

/** A source that is slow to reply once is asked again; a metric that is not there is not. */
const probesOf = (
  reader: Pick<MetricReader, 'probe'>,
  now: string,
  again?: AskAgainOptions,
): Promise<readonly MetricProbe[]> =>
  askAgain(
    () => reader.probe(now),
    (probed) => probed.some(({ verdict }) => verdict === 'error'),
    again,
  );

/** What a rollback would be decided on. */
function neededKeys(plan: Plan): ReadonlySet<string> {
  const rules = rulesOf(plan, null).filter(({ action }) => action === 'rollback');
  return new Set(rules.map(({ limit }) => measureKey({ ...limit, windowMs: limit.overMs })));
}

function outcomeOf({ verdict, found, reason }: MetricProbe): Pick<Finding, 'ok' | 'message'> {
  if (verdict === 'pass') return { ok: true, message: `has data from ${found ?? 'its query'}` };
  if (verdict === 'skipped') return { ok: true, message: `not applicable: ${reason ?? 'no series'}` };
  return { ok: false, message: reason ?? 'has no data' };
}

function lineOf(
  { monitoring, rollback }: Plan,
  { metric, quantile }: Pick<Measure, 'metric' | 'quantile'>,
): Pick<Finding, 'line'> {
  const alert = alertOf(metric);
  const trigger = rollback.triggers.find(({ rule }) => rule.kind === 'alert' && rule.alert === alert);
  if (trigger !== undefined) return { line: trigger.source.line };
  const named = [...monitoring.thresholds, ...monitoring.metrics].filter((each) => each.metric === metric);
  const line = (named.find((each) => each.quantile === quantile) ?? named[0])?.source.line;
  return line === undefined ? {} : { line };
}

function notAllowed({ monitoring, allow }: Plan): Finding[] {
  const place = placeOfUrl(monitoring.source?.url ?? '');
  if (place === undefined || allowList(allow).permitsHost(place.host, place.port)) return [];
  const message = 'the host of the metric source is not in the allow-list of this environment';
  return [{ code: 'not-allowed', subject: place.shown, ok: false, blocking: true, message }];
}
