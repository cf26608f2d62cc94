import { boundOf, identity, type Exposition, type Series } from '../exposition.ts';
import type { Increase, Level } from '../telemetry.ts';
import { noData, unusable } from '../lacking.ts';
import { startTime, type GaugeName } from '../names.ts';
import { statusOf } from '../status.ts';

/** What counters grew between two neighbouring scrapes, by name and label value. */
interface Interval {
  readonly from: number;
  readonly to: number;
  readonly growth: ReadonlyMap<string, ReadonlyMap<string, number>>;
  /** Why the growth cannot be trusted. */
  readonly fault: string | null;
}

interface Scrape {
  readonly time: number;
  /** Of every series of this process, also of one that is left out for now: what it showed last. */
  readonly values: ReadonlyMap<string, number>;
  readonly startedAt: number | null;
  /** Of every histogram, by name. */
  readonly bounds: ReadonlyMap<string, ReadonlySet<string>>;
}

const staleMs = 300_000;
/** As many as one scrape may hold: beyond it, series that are left out are forgotten. */
const mostSeries = 100_000;

function group({ name, labels }: Series): string {
  return name.endsWith('_bucket') ? boundOf(labels.get('le') ?? '') : statusOf((label) => labels.get(label));
}

/**
 * A counter that fell was reset, and has grown by what it shows since. So has every counter of a process that was
 * restarted, and one that was not there before.
 */
function growthOf(value: number, before: number | undefined, restarted: boolean): number {
  if (!(value >= 0) || value === Infinity) return NaN;
  return before === undefined || restarted || !(value >= before) ? value : value - before;
}

function boundsOf(series: readonly Series[]): Map<string, Set<string>> {
  const bounds = new Map<string, Set<string>>();
  for (const one of series) {
    if (!one.name.endsWith('_bucket')) continue;
    const ofName = bounds.get(one.name) ?? new Set();
    bounds.set(one.name, ofName.add(group(one)));
  }
  return bounds;
}

/** A histogram without a bucket that it had places its requests elsewhere, where they may look faster. */
function goneBounds(before: Scrape['bounds'], now: Scrape['bounds']): [name: string, bound: string][] {
  return [...before].flatMap(([name, bounds]) =>
    [...bounds].filter((bound) => now.get(name)?.has(bound) === false).map((bound): [string, string] => [name, bound]),
  );
}

/**
 * Scrapes of one process, kept as the growth between them: only the newest scrape is held whole. A process is distinguished from
 * the one before it by its start time; one that comes back means that several answer in turn, whose counters say nothing.
 */
export class ScrapeWindow {
  readonly #slackMs: number;
  readonly #everyMs: number;
  readonly #keepMs: number;
  #intervals: Interval[] = [];
  #latest: Scrape | null = null;
  #series: readonly Series[] = [];
  #earlierStarts = new Set<number>();

  constructor(everyMs: number, longestMs: number) {
    this.#everyMs = everyMs;
    this.#slackMs = everyMs / 2;
    this.#keepMs = longestMs + 2 * everyMs;
  }

  add(time: number, exposition: Exposition): void {
    this.#series = exposition.series.filter((one) => one.time === undefined || one.time > time - staleMs);
    const scrape = this.#scrape(time);
    if (this.#latest && time > this.#latest.time) this.#intervals.push(this.#interval(this.#latest, scrape));
    this.#intervals = this.#intervals.filter(({ from }) => from >= time - this.#keepMs);
    if (this.#latest?.startedAt != null) this.#earlierStarts.add(this.#latest.startedAt);
    this.#latest = scrape;
  }

  #scrape(time: number): Scrape {
    const started = this.#series.find(({ name }) => name === startTime)?.value;
    const startedAt = started === undefined ? null : started;
    const known = this.#isSameProcess(startedAt) ? (this.#latest?.values ?? []) : [];
    const values = new Map([...known, ...this.#series.map((one) => [identity(one), one.value] as const)]);
    return { time, values, startedAt, bounds: boundsOf(this.#series) };
  }

  /** Without a start time nobody knows whether a series that comes back was left out, or began anew: it counts from zero. */
  #isSameProcess(startedAt: number | null): boolean {
    return startedAt !== null && this.#latest?.startedAt === startedAt && this.#latest.values.size <= mostSeries;
  }

  #interval(before: Scrape, { time, startedAt, bounds }: Scrape): Interval {
    const another = startedAt !== null && before.startedAt !== null && startedAt !== before.startedAt;
    const returned = another && this.#earlierStarts.has(startedAt);
    const growth = new Map<string, Map<string, number>>();
    for (const one of this.#series) {
      const groups = growth.get(one.name) ?? new Map<string, number>();
      const grown = growthOf(one.value, before.values.get(identity(one)), another);
      growth.set(one.name, groups.set(group(one), (groups.get(group(one)) ?? 0) + grown));
    }
    if (!another) for (const [name, bound] of goneBounds(before.bounds, bounds)) growth.get(name)?.set(bound, NaN);
    const fault = returned ? 'several processes answer in turn: scrape one of them, or use Prometheus' : null;
    return { from: before.time, to: time, growth, fault };
  }

  /** The newest interval, and those before it that lie within the window. */
  #within(windowMs: number): Interval[] {
    const newest = this.#intervals.at(-1);
    const end = this.#latest?.time;
    const longest = Math.max(windowMs, 2 * this.#everyMs) + this.#slackMs;
    if (!newest || newest.to !== end || newest.to - newest.from > longest) return [];
    return this.#intervals.filter((one) => one === newest || one.from >= newest.to - windowMs - this.#slackMs);
  }

  increase(name: string, by: 'status' | 'le' | 'instance', windowMs: number): Increase {
    const intervals = this.#within(windowMs);
    const [first] = intervals;
    const last = intervals.at(-1);
    if (!first || !last) throw noData(`fewer than two scrapes within ${windowMs} ms`);
    const fault = intervals.find((interval) => interval.fault !== null)?.fault;
    if (fault != null) throw unusable(fault);
    const groups = new Map<string, number>();
    for (const [label, grown] of intervals.flatMap(({ growth }) => [...(growth.get(name) ?? [])])) {
      if (Number.isNaN(grown)) throw unusable(`${name} is negative, no number, or a bucket of it is gone`);
      const key = by === 'instance' ? '' : label;
      groups.set(key, (groups.get(key) ?? 0) + grown);
    }
    return { groups, spanMs: last.to - first.from };
  }

  level({ name, label, value }: GaugeName, over: 'sum' | 'max'): Level {
    const matches = ({ labels }: Series) => label === undefined || labels.get(label) === value;
    const values = this.#series.filter((one) => one.name === name && matches(one)).map((one) => one.value);
    if (values.length === 0)
      throw noData(`no current series of ${name}${label === undefined ? '' : `{${label}="${value}"}`}`);
    const result = over === 'max' ? Math.max(...values) : values.reduce((sum, one) => sum + one, 0);
    if (!Number.isFinite(result)) throw noData(`${name} is ${result}`);
    return { value: result };
  }
}
