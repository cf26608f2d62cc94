import type { Increase, Level, Telemetry } from '../telemetry.ts';
import { boundOf } from '../exposition.ts';
import { withQuery, noData, unusable } from '../lacking.ts';
import { knownNames, statusLabels, type GaugeName } from '../names.ts';
import { statusOf } from '../status.ts';
import { alertState } from './prometheus-alerts.ts';
import { increaseQuery } from './increase-query.ts';
import { instantQuery, type Api, type Result, type Row } from './prometheus-api.ts';
import type { ReaderOptions, Source } from '../telemetry.ts';

type Matchers = readonly (readonly [label: string, value: string])[];

const selector = (matchers: Matchers): string =>
  matchers.length === 0 ? '' : `{${matchers.map(([label, value]) => `${label}=${JSON.stringify(value)}`).join(',')}}`;

/** `http://prometheus:9090/?job=orders-api`: what follows the question mark narrows every built-in query. */
function addressOf(url: string): { endpoint: string; matchers: Matchers } {
  const { origin, pathname, searchParams } = new URL(url);
  return { endpoint: `${origin}${pathname.replace(/\/+$/, '')}/api/v1`, matchers: [...searchParams] };
}

const gaugeAgeMs = 60_000;

/** Metric names that exist, each with the jobs that it comes from. */
type Jobs = ReadonlyMap<string, ReadonlySet<string>>;

async function discover(api: Api, matchers: Matchers, now: number): Promise<Jobs> {
  const narrowed = matchers.map(([label, value]) => `,${label}=${JSON.stringify(value)}`).join('');
  const query = `count by (__name__, job) ({__name__=~"${knownNames.join('|')}"${narrowed}})`;
  const { rows } = await withQuery(query, () => instantQuery(api, query, now));
  const jobs = new Map<string, Set<string>>();
  for (const { labels } of rows) {
    const name = labels['__name__'] ?? '';
    jobs.set(name, (jobs.get(name) ?? new Set()).add(labels['job'] ?? ''));
  }
  return jobs;
}

/** Series of several jobs must not be mixed: the sum would be about another service as well. */
function narrowedTo(name: string, jobs: Jobs, matchers: Matchers, service: string | undefined): Matchers {
  const found = [...(jobs.get(name) ?? [])].sort();
  if (found.length <= 1) return matchers;
  if (service !== undefined && found.includes(service)) return [...matchers, ['job', service]];
  throw unusable(`${name} comes from the jobs ${found.join(', ')}: name one in the address, as in ?job=${found[0]}`);
}

/** Asks each query once, however many measures rest on it. */
function once(ask: (query: string) => Promise<Result>): (query: string) => Promise<Result> {
  const asked = new Map<string, Promise<Result>>();
  return (query) => {
    const result = asked.get(query) ?? ask(query);
    asked.set(query, result);
    return result;
  };
}

function telemetryOf(
  jobs: Jobs,
  select: (name: string) => Matchers,
  ask: (query: string) => Promise<Result>,
  alert: Telemetry['alert'],
): Telemetry {
  const evaluate = (query: string): Promise<Level> =>
    withQuery(query, async () => ({ ...single(await ask(query)), query }));
  return {
    has: (name) => jobs.has(name),
    evaluate,
    alert,
    level: async (gauge, over, windowMs) =>
      evaluate(gaugeQuery(gauge, select(gauge.name), over, Math.max(windowMs, gaugeAgeMs))),
    async increase(name, by, windowMs): Promise<Increase> {
      const labels = by === 'status' ? statusLabels : [by];
      const query = increaseQuery(labels, `${name}${selector(select(name))}`, windowMs);
      return withQuery(query, async () => {
        const { rows, raw } = await ask(query);
        return { groups: grouped(rows, by, name, windowMs), spanMs: windowMs, query, raw };
      });
    },
  };
}

/** Asks the HTTP API of Prometheus; what a built-in metric is computed from is looked up at every tick. */
export function prometheusSource(
  url: string,
  { fetch, monitoring, service, timeoutMs = 5_000 }: ReaderOptions,
): Source {
  const { endpoint, matchers } = addressOf(url);
  const api: Api = { url: `${endpoint}/query`, fetch, timeoutMs, staleMs: Math.max(2 * monitoring.everyMs, 5_000) };
  return {
    async open(now) {
      const jobs = await discover(api, matchers, now);
      const select = (name: string) => narrowedTo(name, jobs, matchers, service);
      return telemetryOf(
        jobs,
        select,
        once((query) => instantQuery(api, query, now)),
        (name) =>
          withQuery(`the alert ${name}`, () => alertState({ ...api, url: `${endpoint}/rules` }, name, matchers, now)),
      );
    },
  };
}

function gaugeQuery({ name, label, value }: GaugeName, matchers: Matchers, over: 'sum' | 'max', ageMs: number): string {
  const all: Matchers = label === undefined || value === undefined ? matchers : [...matchers, [label, value]];
  return `${over}(last_over_time(${name}${selector(all)}[${ageMs}ms]))`;
}

function grouped(
  rows: readonly Row[],
  by: 'status' | 'le' | 'instance',
  name: string,
  windowMs: number,
): Map<string, number> {
  if (rows.length === 0) {
    const hint = 'the window may be too short for the scrape interval';
    throw noData(`no two samples of ${name} lie within ${windowMs} ms: ${hint}`);
  }
  const groups = new Map<string, number>();
  for (const { labels: found, value } of rows) {
    if (!Number.isFinite(value) || value < 0) throw unusable(`the increase of ${name} is ${value}`);
    const key =
      by === 'status' ? statusOf((label) => found[label]) : by === 'le' ? boundOf(found[by] ?? '') : (found[by] ?? '');
    groups.set(key, (groups.get(key) ?? 0) + value);
  }
  return groups;
}

function single({ rows, raw }: Result): Level {
  const [first] = rows;
  if (!first) throw noData('the result is empty');
  if (rows.length > 1) throw unusable(`the result has ${rows.length} series: aggregate them to one`);
  if (!Number.isFinite(first.value)) throw noData(`the result is ${first.value}`);
  return { value: first.value, raw };
}
