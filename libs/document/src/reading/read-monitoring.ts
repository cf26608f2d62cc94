import { codeContent, match, pattern } from '../markdown/code-spans.ts';
import type { MonitoringNode, ThresholdNode } from './nodes.ts';
import { durationPattern } from '../values/duration.ts';
import { readDutyName } from '../values/evidence.ts';
import { formOf, readForms, rejectNested, type Forms } from './forms.ts';
import { readLimits } from '../values/limits.ts';
import { metricsNamed, parseQuantile, readMetricNames, type Queries } from '../values/metrics.ts';
import { didYouMean } from '../problems/nearest.ts';
import type { Fence } from '../markdown/markdown.ts';
import type { Line, Outline } from '../markdown/outline.ts';
import type { AlertAction, Metric, Unit } from '../plan/monitoring.ts';
import { linesOf } from './read-configuration.ts';
import type { Reading } from './reading.ts';
import type { Span } from '../markdown/span.ts';
import { readChannel } from '../values/destinations.ts';
import { warnOfShortWatch } from './unwise.ts';
import { metricSourceNamed, metricSourceNames, metricSources } from '../values/metric-sources.ts';

const watch = pattern(String.raw`(?:for )?(?<watch>${durationPattern})(?:\s*,? every (?<every>${durationPattern}))?`);
const source = pattern(String.raw`(?<kind>[A-Za-z]+)(?: at)?(?: (?<url>CODE|\S+))?`);
const noData = pattern(String.raw`wait (?<wait>${durationPattern}) then (?<then>.+)`);

const settingForms: Forms<MonitoringNode> = [
  {
    label: 'Source',
    read: ({ span }, draft, reading) => {
      const groups = match(span, source);
      const name = groups?.['kind']?.text ?? '';
      const kind = metricSourceNamed(name);
      if (/^(?:datadog|http)$/i.test(name)) {
        const known = metricSourceNames.toReversed().join(' and ');
        return reading.report.error(
          span,
          'unsupported',
          `metrics from ${span.text.split(/\s/)[0]} are not supported in this version; ${known} are`,
        );
      }
      const url = groups?.['url'] && reading.fixedUrl(groups['url']);
      if (groups?.['url'] && url === undefined) return;
      if (url !== undefined && kind !== undefined) draft.source = { kind, url };
      else {
        const near = didYouMean(name.toLowerCase(), metricSourceNames);
        const forms = Object.values(metricSources).map(({ form }) => `“${form} \`url\`”`);
        reading.report.error(span, 'bad-value', `expected ${forms.join(' or ')}${near}`);
      }
    },
  },
  {
    label: 'Watch',
    sentence: pattern('watch (?<value>for .+)'),
    read: ({ span }, draft, reading) => {
      const groups = match(span, watch);
      if (!groups) return reading.report.error(span, 'bad-value', 'expected “Watch for 10m, every 10s”');
      const watchMs = reading.duration(groups['watch']!);
      const everyMs = groups['every'] && reading.duration(groups['every']);
      if (watchMs !== undefined) {
        draft.watchMs = watchMs;
        draft.watchLine = span.line;
      }
      if (everyMs !== undefined) draft.everyMs = everyMs;
    },
  },
  { label: 'Baseline', read: ({ span }, draft, reading) => set(draft, 'baselineMs', reading.duration(span)) },
  {
    label: 'Minimum samples',
    read: ({ span }, draft, reading) => set(draft, 'minimumSamples', reading.count(span, 'a number of samples')),
  },
  {
    label: 'Minimum requests',
    read: ({ span }, draft, reading) => set(draft, 'minimumRequests', reading.count(span, 'a number of requests')),
  },
  {
    label: 'Mode',
    read: ({ span }, draft, reading) => {
      const mode = reading.oneOf(span, ['active', 'shadow']);
      if (mode === 'shadow') draft.mode = mode;
    },
  },
  {
    label: 'Traffic from smoke tests',
    read: ({ span }, draft, reading) => {
      const stated = reading.oneOf(span, ['yes', 'no']);
      if (stated === undefined) return;
      draft.syntheticTraffic = stated === 'yes';
      draft.trafficLine = span.line;
    },
  },
  {
    label: 'On no data',
    read: ({ span }, draft, reading) => {
      const groups = match(span, noData);
      const waitMs = groups?.['wait'] && reading.duration(groups['wait']);
      const then = groups?.['then'] && readThen(groups['then'], reading);
      if (!groups)
        reading.report.error(span, 'bad-value', 'expected “wait 30s then fail” or “wait 30s then ask on-call”');
      if (waitMs !== undefined && then) draft.onNoData = { waitMs, then };
    },
  },
];

export const monitoringLabels = settingForms.map(({ label }) => label);

function set<Key extends keyof MonitoringNode>(
  draft: MonitoringNode,
  key: Key,
  value: MonitoringNode[Key] | undefined,
): void {
  if (value !== undefined) draft[key] = value;
}

function readThen(span: Span, reading: Reading): 'fail' | `ask:${string}` | undefined {
  if (span.text.toLowerCase() === 'fail') return 'fail';
  const asks = /^ask /i.test(span.text);
  const duty = asks ? readDutyName(span.slice(4).trim(), reading) : undefined;
  if (!asks) reading.report.error(span, 'bad-value', `expected “fail” or “ask DUTY”, not “${span.text}”`);
  return duty === undefined ? undefined : `ask:${duty}`;
}

/** Reads *Monitoring & Alerting*; its settings may stand in any of its parts. */
export function readMonitoring(outline: Outline, queries: Queries, reading: Reading): MonitoringNode {
  const draft: MonitoringNode = { metrics: [], thresholds: [] };
  const section = outline.sections.get('monitoring');
  if (section) draft.line = section.heading.line;
  const settings = linesOf(section, reading);
  const [metricSettings, metrics] = divided(linesOf(outline.sections.get('metrics'), reading));
  const [thresholdSettings, thresholds] = divided(linesOf(outline.sections.get('thresholds'), reading));
  const all = [...settings, ...metricSettings, ...thresholdSettings];
  readForms(all, settingForms, draft, '*Monitoring & Alerting*', reading);
  warnOfShortWatch(draft, valueOf('Minimum samples', all) ?? valueOf('Watch', all), reading.report);
  draft.metrics = metrics.flatMap((line) => readMetric(line, queries, reading));
  draft.thresholds = thresholds.flatMap((line) => readThreshold(line, queries, reading));
  return draft;
}

function valueOf(label: string, lines: readonly Line[]): Span | undefined {
  const found = lines.map(({ span }) => formOf(span, settingForms)).find((each) => each?.form.label === label);
  return found?.value;
}

function divided(lines: readonly Line[]): [settings: Line[], others: Line[]] {
  const isSetting = (line: Line): boolean => formOf(line.span, settingForms) !== undefined;
  return [lines.filter(isSetting), lines.filter((line) => !isSetting(line))];
}

/** Reads the `promql NAME` fences: they define metrics or override the query of a built-in one. */
export function readQueries(outline: Outline, reading: Reading): Map<string, { query: string; line: number }> {
  const queries = new Map<string, { query: string; line: number }>();
  const sections = ['monitoring', 'metrics', 'thresholds'] as const;
  for (const fence of sections.flatMap((key) => allFences(outline, key))) readQuery(fence, queries, reading);
  return queries;
}

function allFences(outline: Outline, key: 'monitoring' | 'metrics' | 'thresholds'): Fence[] {
  const section = outline.sections.get(key);
  return section ? [...section.fences, ...section.lines.flatMap((line) => line.fences)] : [];
}

function readQuery(fence: Fence, queries: Map<string, { query: string; line: number }>, reading: Reading): void {
  const found = /^promql\s+(.+)$/i.exec(fence.info);
  const query = fence.lines
    .map(({ text }) => text)
    .join('\n')
    .trim();
  if (!found) {
    reading.hasOpenMetrics = true;
    const message = 'only a fence of a query stands here; open it with ```promql NAME';
    return reading.report.error(fence.at, 'stray-fence', message);
  }
  const name = found[1]!.replaceAll('`', '').replace(/\s+/g, ' ').trim().toLowerCase();
  if (query === '') reading.report.error(fence.at, 'missing-value', 'this fence has no query; write one, or remove it');
  if (queries.has(name)) {
    const message = `a query for “${name}” stands twice; remove one of them`;
    reading.report.error(fence.at, 'repeated-line', message);
  } else queries.set(name, { query, line: fence.at.line });
}

/** Gives metrics the queries of the fences; a query that no line names is a metric of its own. */
export function withQueries(
  monitoring: MonitoringNode,
  queries: ReadonlyMap<string, { query: string; line: number }>,
): MonitoringNode {
  const metrics = [...monitoring.metrics];
  for (const [name, { query, line }] of queries) {
    const built = metricsNamed(name, new Map())?.map(({ metric }) => metric) ?? [name];
    const named = metrics.filter(({ metric }) => built.includes(metric));
    for (const metric of named) metrics[metrics.indexOf(metric)] = { ...metric, query };
    if (named.length > 0) continue;
    const unit = metricsNamed(name, new Map())?.[0]?.units[0] ?? 'count';
    metrics.push({ metric: built[0]!, unit, query, optional: false, source: { line } });
  }
  return { ...monitoring, metrics };
}

/** `Response time (p95, p99)`, `CPU/Memory usage`, `Queue depth (if applicable)` */
function readMetric(line: Line, queries: Queries, reading: Reading): Metric[] {
  if (line.children.length > 0) rejectNested({ ...line, fences: [] }, false, reading);
  const bracket = /\s*\(([^()]*)\)$/.exec(line.span.text);
  const names = readMetricNames(line.span.slice(0, bracket?.index).trim(), queries, reading) ?? [];
  const inside = bracket ? line.span.slice(line.span.text.lastIndexOf('(') + 1, line.span.text.length - 1) : undefined;
  const optional = /^if applicable$/i.test(inside?.text.trim() ?? '');
  const quantiles =
    inside && !optional
      ? readQuantiles(
          inside,
          names.some((name) => name.quantiles),
          reading,
        )
      : undefined;
  const metric = { optional, source: { line: line.span.line } };
  return names.flatMap((name) => {
    const base = { metric: name.metric, unit: firstUnit(name.units), ...metric };
    if (!name.quantiles) return [base];
    return (quantiles ?? [0.95]).map((quantile) => ({ ...base, quantile }));
  });
}

function firstUnit(units: readonly Unit[]): Unit {
  return units[0] ?? 'count';
}

function readQuantiles(span: Span, allowed: boolean, reading: Reading): number[] {
  const parts = span.text.split(/,|\band\b/).map((part) => part.trim());
  const values = parts.map(parseQuantile);
  if (allowed && values.every((value) => value !== undefined)) return values;
  const message = allowed
    ? `expected quantiles, as (p95, p99), not “${span.text}”`
    : `expected (if applicable), not “${span.text}”`;
  reading.report.error(span, 'bad-value', message);
  return [];
}

/** `Error rate > 5% for 1m: Page on-call` */
function readThreshold(line: Line, queries: Queries, reading: Reading): ThresholdNode[] {
  rejectNested({ ...line, fences: [] }, false, reading);
  const colon = line.span.text.lastIndexOf(':');
  const action = line.span.slice(colon + 1).trim();
  if (colon < 0 || action.isEmpty) {
    reading.report.error(
      line.span,
      'missing-value',
      'the threshold says no action; end it with “: Page on-call”, “: Warning” or “: Rollback immediately”',
    );
    return [];
  }
  const limits = readLimits(line.span.slice(0, colon).trim(), queries, reading);
  const alert = readAlertAction(action, reading);
  return alert ? limits.map((limit) => ({ ...limit, action: alert, source: { line: line.span.line } })) : [];
}

function readAlertAction(span: Span, reading: Reading): AlertAction | undefined {
  const text = span.text.replace(/\.$/, '').toLowerCase();
  if (text === 'rollback immediately' || text === 'rollback') return 'rollback';
  if (text === 'page on-call') return 'page';
  if (text === 'warning') return 'warn';
  if (/^notify /i.test(text)) {
    const channel = readChannel(span.slice(7).trim(), reading);
    return channel === undefined ? undefined : `notify:${channel}`;
  }
  const near = didYouMean(text, ['Rollback immediately', 'Page on-call', 'Warning']);
  const message = `expected Rollback immediately, Page on-call, Warning or Notify #channel, not “${span.text}”${near}`;
  return reading.report.error(codeContent(span) ?? span, 'bad-value', message);
}
