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
  /** Histograms whose buckets are others at its end than at its beginning. */
  readonly changed: ReadonlySet<string>;
}

/** The buckets of one name and set of labels. */
interface Histogram {
  readonly name: string;
  readonly bounds: ReadonlySet<string>;
}

interface Scrape {
  readonly time: number;
  /** Of every series of this process, also of one that is left out for now: what it showed last. */
  readonly values: ReadonlyMap<string, number>;
  readonly startedAt: number | null;
  /** The bounds of every histogram of this process, by its name and labels. */
  readonly histograms: ReadonlyMap<string, Histogram>;
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

function histogramsOf(series: readonly Series[]): Map<string, Histogram> {
  const histograms = new Map<string, { readonly name: string; readonly bounds: Set<string> }>();
  for (const one of series) {
    if (!one.name.endsWith('_bucket')) continue;
    const { name, labels } = one;
    const key = identity({ name, labels: new Map([...labels].filter(([label]) => label !== 'le')) });
    const { bounds } = histograms.get(key) ?? { bounds: new Set<string>() };
    histograms.set(key, { name, bounds: bounds.add(group(one)) });
  }
  return histograms;
}

/**
 * A bucket that is gone places its requests elsewhere, where they may look faster, and one that is new holds what others held. Histograms
 * that only one of the scrapes has are whole.
 */
function changedBetween(before: Scrape['histograms'], now: Scrape['histograms']): Set<string> {
  const changed = [...now].filter(([key, { bounds }]) => {
    const earlier = before.get(key)?.bounds;
    return earlier !== undefined && (bounds.size !== earlier.size || [...bounds].some((bound) => !earlier.has(bound)));
  });
  return new Set(changed.map(([, { name }]) => name));
}

/**
 * Scrapes of one process, kept as the growth between them: only the newest scrape is held whole. A process is distinguished from
 * the one before it by its start time; one that comes back means that several respond in turn, whose counters say nothing.
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
    const known = this.#isSameProcess(startedAt) ? this.#latest : null;
    const values = new Map([
      ...(known?.values ?? []),
      ...this.#series.map((one) => [identity(one), one.value] as const),
    ]);
    const histograms = new Map([...(known?.histograms ?? []), ...histogramsOf(this.#series)]);
    return { time, values, startedAt, histograms };
  }

  /** Without a start time nobody knows whether a series that comes back was left out, or began anew: it counts from zero. */
  #isSameProcess(startedAt: number | null): boolean {
    return startedAt !== null && this.#latest?.startedAt === startedAt && this.#latest.values.size <= mostSeries;
  }

  #interval(before: Scrape, { time, startedAt, histograms }: Scrape): Interval {
    const another = startedAt !== null && before.startedAt !== null && startedAt !== before.startedAt;
    const returned = another && this.#earlierStarts.has(startedAt);
    const growth = new Map<string, Map<string, number>>();
    for (const one of this.#series) {
      const groups = growth.get(one.name) ?? new Map<string, number>();
      const grown = growthOf(one.value, before.values.get(identity(one)), another);
      growth.set(one.name, groups.set(group(one), (groups.get(group(one)) ?? 0) + grown));
    }
    const fault = returned ? 'several processes respond in turn: scrape one of them, or use Prometheus' : null;
    return { from: before.time, to: time, growth, fault, changed: changedBetween(before.histograms, histograms) };
  }

  /** The newest interval, and those before it that lie within the window. */
  #within(windowMs: number): Interval[] {
    const newest = this.#intervals.at(-1);
    const end = this.#latest?.time;
    const longest = Math.max(windowMs, 2 * this.#everyMs) + this.#slackMs;
    if (!newest || newest.to !== end || newest.to - newest.from > longest) return [];
    return this.#intervals.filter((one) => one === newest || one.from >= newest.to - windowMs - this.#slackMs);
  }

  /** No window spans a change of buckets: what was counted by others cannot be added, and one scrape without a bucket costs no more. */
  #alike(name: string, intervals: readonly Interval[]): readonly Interval[] {
    if (intervals.at(-1)?.changed.has(name)) throw unusable(`the buckets of ${name} are others than before`);
    return intervals.slice(intervals.findLastIndex(({ changed }) => changed.has(name)) + 1);
  }

  increase(name: string, by: 'status' | 'le' | 'instance', windowMs: number): Increase {
    const within = this.#within(windowMs);
    const fault = within.find((interval) => interval.fault !== null)?.fault;
    if (fault != null) throw unusable(fault);
    const intervals = this.#alike(name, within);
    const [first] = intervals;
    const last = intervals.at(-1);
    if (!first || !last) throw noData(`fewer than two scrapes within ${windowMs} ms`);
    const groups = new Map<string, number>();
    for (const [label, grown] of intervals.flatMap(({ growth }) => [...(growth.get(name) ?? [])])) {
      if (Number.isNaN(grown)) throw unusable(`${name} is negative, or no number`);
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
