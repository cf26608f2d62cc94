import { alertOf, type Measure, type Sample } from '@backstay/deployment';
import { histogramQuantile, latenciesOf } from './histogram.ts';
import { isServerError, isStatus } from './status.ts';
import type { Denominators, Increase, Level, Telemetry } from './telemetry.ts';
import { absent, idle, noData, unusable } from './lacking.ts';
import {
  connectionGauges,
  cpuCounters,
  durationHistograms,
  memoryGauges,
  queueGauges,
  requestCounters,
  statusLabels,
  type GaugeName,
} from './names.ts';

export interface Figure {
  readonly value: number;
  readonly above?: true;
  readonly requests?: number;
  readonly spanMs?: number;
  readonly counted?: Sample['counted'];
  readonly query?: string;
  readonly raw?: string;
}

/** What figures are computed with, beside the source. */
export interface Terms {
  readonly limits: Denominators;
  readonly everyMs: number;
}

const trace = ({ query, raw }: Pick<Level, 'query' | 'raw'>): Pick<Figure, 'query' | 'raw'> => ({
  ...(query === undefined ? {} : { query }),
  ...(raw === undefined ? {} : { raw }),
});

const total = (groups: ReadonlyMap<string, number>): number =>
  [...groups.values()].reduce((sum, value) => sum + value, 0);

function present(telemetry: Telemetry, names: readonly string[]): string[] {
  const found = names.filter((name) => telemetry.has(name));
  if (found.length === 0) throw absent(`no series of ${names.join(', ')}`);
  return found;
}

const firstPresent = (telemetry: Telemetry, names: readonly string[]): string => present(telemetry, names)[0] ?? '';

async function requestRate({ windowMs }: Measure, telemetry: Telemetry): Promise<Figure> {
  const increase = await telemetry.increase(firstPresent(telemetry, requestCounters), 'status', windowMs);
  const requests = total(increase.groups);
  return { value: requests / (increase.spanMs / 1000), requests, spanMs: increase.spanMs, ...trace(increase) };
}

function errorShare(increase: Increase): Figure {
  const requests = total(increase.groups);
  const errors = total(new Map([...increase.groups].filter(([status]) => isServerError(status))));
  if (requests === 0) throw idle(increase.query);
  return { value: errors / requests, requests, spanMs: increase.spanMs, ...trace(increase) };
}

/** Why nobody can distinguish the failed requests of a counter from the others; undefined where all that grew has a status. */
function doubtOf(name: string, { groups }: Increase): string | undefined {
  if (groups.size > 0 && [...groups.keys()].every((status) => status === ''))
    return `${name}: none of the labels ${statusLabels.join(', ')}`;
  const [status] = [...groups].find(([status, grown]) => grown > 0 && !isStatus(status)) ?? [];
  if (status === undefined) return undefined;
  return status === ''
    ? `${name}: some requests have no status`
    : `${name}: “${status.slice(0, 40)}” is not an HTTP status`;
}

async function errorRate({ windowMs }: Measure, telemetry: Telemetry): Promise<Figure> {
  const names = present(telemetry, requestCounters);
  const doubts: string[] = [];
  for (const name of names) {
    const increase = await telemetry.increase(name, 'status', windowMs);
    const doubt = doubtOf(name, increase);
    if (doubt === undefined) return errorShare(increase);
    doubts.push(doubt);
  }
  throw unusable(doubts.join('; '));
}

const toMs = (base: string): number => (base.endsWith('_milliseconds') ? 1 : 1000);

async function meanTime(base: string, { windowMs }: Measure, telemetry: Telemetry): Promise<Figure> {
  const [sum, count] = await Promise.all([
    telemetry.increase(`${base}_sum`, 'instance', windowMs),
    telemetry.increase(`${base}_count`, 'instance', windowMs),
  ]);
  const requests = total(count.groups);
  if (requests === 0) throw idle(count.query);
  return { value: (total(sum.groups) / requests) * toMs(base), requests, spanMs: count.spanMs, ...trace(sum) };
}

const withPart = (part: string): string[] => durationHistograms.map((base) => base + part);

/**
 * The requests since the last tick, which no other tick counts. A source that cannot count so counts those of the window, which other ticks
 * count as well: whoever compares takes each request once.
 */
async function countedSince(
  name: string,
  increase: Increase,
  telemetry: Telemetry,
  everyMs: number,
): Promise<Increase> {
  return telemetry.increase(name, 'le', everyMs).catch(() => increase);
}

async function countedOf(
  base: string,
  increase: Increase,
  telemetry: Telemetry,
  everyMs: number,
): Promise<Pick<Figure, 'counted'>> {
  const { groups, spanMs } = await countedSince(`${base}_bucket`, increase, telemetry, everyMs);
  return { counted: { spanMs, latencies: latenciesOf(groups, toMs(base)) } };
}

async function responseTime(measure: Measure, telemetry: Telemetry, { everyMs }: Terms): Promise<Figure> {
  const part = measure.quantile === undefined ? '_sum' : '_bucket';
  const base = firstPresent(telemetry, withPart(part)).slice(0, -part.length);
  if (measure.quantile === undefined) return meanTime(base, measure, telemetry);
  const increase = await telemetry.increase(base + part, 'le', measure.windowMs);
  if (total(increase.groups) === 0) throw idle(increase.query);
  const { value, above, observations } = histogramQuantile(measure.quantile, increase.groups);
  const counted = measure.counted === true ? await countedOf(base, increase, telemetry, everyMs) : {};
  const requests = { requests: observations, spanMs: increase.spanMs };
  const figure = { value: value * toMs(base), ...requests, ...counted, ...trace(increase) };
  return above ? { ...figure, above } : figure;
}

function denominator(limit: number | null, name: string): number {
  if (limit === null || !(limit > 0))
    throw noData(`neither the environment profile nor a control group of the service says ${name}`);
  return limit;
}

async function cpu({ windowMs }: Measure, telemetry: Telemetry, { limits: { cores } }: Terms): Promise<Figure> {
  const available = denominator(cores, 'limits.cores');
  const increase = await telemetry.increase(firstPresent(telemetry, cpuCounters), 'instance', windowMs);
  if (increase.groups.size === 0) throw noData('no CPU time in the window');
  const busiest = Math.max(...increase.groups.values());
  return { value: busiest / (increase.spanMs / 1000) / available, spanMs: increase.spanMs, ...trace(increase) };
}

async function memory(
  { unit, windowMs }: Measure,
  telemetry: Telemetry,
  { limits: { memoryBytes } }: Terms,
): Promise<Figure> {
  const available = unit === 'bytes' ? 1 : denominator(memoryBytes, 'limits.memory');
  const level = await telemetry.level({ name: firstPresent(telemetry, memoryGauges) }, 'max', windowMs);
  return { value: level.value / available, ...trace(level) };
}

const gaugeOf =
  (gauges: readonly GaugeName[]) =>
  async ({ windowMs }: Measure, telemetry: Telemetry): Promise<Figure> => {
    const name = firstPresent(
      telemetry,
      gauges.map((gauge) => gauge.name),
    );
    const level = await telemetry.level(gauges.find((gauge) => gauge.name === name) ?? { name }, 'sum', windowMs);
    return { value: level.value, ...trace(level) };
  };

type Compute = (measure: Measure, telemetry: Telemetry, terms: Terms) => Promise<Figure>;

interface BuiltIn {
  readonly compute: Compute;
  readonly units: readonly Measure['unit'][];
  readonly names: (measure: Measure) => readonly string[];
}

const builtIn: Readonly<Record<string, BuiltIn>> = {
  'request-rate': { compute: requestRate, units: ['per-second'], names: () => requestCounters },
  'error-rate': { compute: errorRate, units: ['ratio'], names: () => requestCounters },
  'response-time': {
    compute: responseTime,
    units: ['ms'],
    names: ({ quantile }) => withPart(quantile === undefined ? '_sum' : '_bucket'),
  },
  cpu: { compute: cpu, units: ['ratio'], names: () => cpuCounters },
  memory: { compute: memory, units: ['ratio', 'bytes'], names: () => memoryGauges },
  'database-connections': {
    compute: gaugeOf(connectionGauges),
    units: ['count'],
    names: () => connectionGauges.map(({ name }) => name),
  },
  'queue-depth': { compute: gaugeOf(queueGauges), units: ['count'], names: () => queueGauges.map(({ name }) => name) },
};

function definitionOf({ metric, unit }: Measure): BuiltIn {
  const definition = Object.hasOwn(builtIn, metric) ? builtIn[metric] : undefined;
  if (!definition) throw unusable(`no metric is called ${metric}, and no promql fence defines it`);
  if (!definition.units.includes(unit)) throw unusable(`${metric} cannot be read in ${unit}`);
  return definition;
}

/**
 * One measure's value, in the measure's unit.
 *
 * @throws Lacking where there is none
 */
export async function figureOf(measure: Measure, telemetry: Telemetry, terms: Terms): Promise<Figure> {
  if (measure.query !== undefined) {
    const level = await telemetry.evaluate(measure.query, measure.windowMs);
    return { value: level.value, ...trace(level) };
  }
  const alert = alertOf(measure.metric);
  if (alert !== undefined) {
    const level = await telemetry.alert(alert);
    return { value: level.value, ...trace(level) };
  }
  const figure = await definitionOf(measure).compute(measure, telemetry, terms);
  if (!Number.isFinite(figure.value)) throw noData(`the result is ${figure.value}`);
  return figure;
}

async function silent(alert: string, telemetry: Telemetry): Promise<string> {
  const { value } = await telemetry.alert(alert);
  if (value > 0) throw unusable(`the alert ${alert} fires already, so the deployment would be taken back at once`);
  return `the alert ${alert}`;
}

/**
 * What a measure would be computed from, without waiting for a window to fill.
 *
 * @throws Lacking where the source cannot respond, or a denominator is missing
 */
export async function foundFor(measure: Measure, telemetry: Telemetry, limits: Denominators): Promise<string> {
  if (measure.query !== undefined) return (await telemetry.evaluate(measure.query, measure.windowMs), measure.query);
  const alert = alertOf(measure.metric);
  if (alert !== undefined) return silent(alert, telemetry);
  if (measure.metric === 'cpu') denominator(limits.cores, 'limits.cores');
  if (measure.metric === 'memory' && measure.unit === 'ratio') denominator(limits.memoryBytes, 'limits.memory');
  return firstPresent(telemetry, definitionOf(measure).names(measure));
}
