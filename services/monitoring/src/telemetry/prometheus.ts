import { z } from 'zod';
import { get, mebibytes, type Answer } from './answer.ts';
import { parseNumber } from './exposition.ts';
import type { Increase, Level, Telemetry } from './figure.ts';
import { noData, unusable } from './lacking.ts';
import { knownNames, statusLabels, type GaugeName } from './names.ts';
import type { ReaderOptions, Source } from './reader.ts';

const point = z.tuple([z.number(), z.string()]);

const successSchema = z.object({
  status: z.literal('success'),
  warnings: z.array(z.string()).optional(),
  data: z.discriminatedUnion('resultType', [
    z.object({
      resultType: z.literal('vector'),
      result: z.array(z.object({ metric: z.record(z.string(), z.string()), value: point })),
    }),
    z.object({ resultType: z.literal('scalar'), result: point }),
  ]),
});
const failureSchema = z.object({ status: z.literal('error'), errorType: z.string(), error: z.string() });

interface Row {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** Milliseconds. */
  readonly time: number;
}

interface Result {
  readonly rows: readonly Row[];
  readonly raw: string;
}

const row = (labels: Row['labels'], [time, value]: z.infer<typeof point>): Row => ({
  labels,
  value: parseNumber(value),
  time: time * 1000,
});

function json({ status, text }: Answer): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw unusable(`HTTP ${status}: the answer is not JSON`);
  }
}

/** @throws Lacking for an error, a warning, or an answer that is neither a vector nor a scalar */
function resultOf(answer: Answer): Result {
  const body = json(answer);
  const failure = failureSchema.safeParse(body);
  if (failure.success) throw unusable(`HTTP ${answer.status}: ${failure.data.errorType}: ${failure.data.error}`);
  if (answer.status !== 200) throw unusable(`HTTP ${answer.status}`);
  const success = successSchema.safeParse(body);
  if (!success.success) throw unusable('the answer is neither a vector nor a scalar');
  const { data, warnings = [] } = success.data;
  if (warnings.length > 0) throw unusable(`warning: ${warnings.join('; ')}`);
  const rows =
    data.resultType === 'scalar' ? [row({}, data.result)] : data.result.map(({ metric, value }) => row(metric, value));
  return { rows, raw: answer.text.slice(0, 2_048) };
}

type Matchers = readonly (readonly [label: string, value: string])[];

const selector = (matchers: Matchers): string =>
  matchers.length === 0 ? '' : `{${matchers.map(([label, value]) => `${label}=${JSON.stringify(value)}`).join(',')}}`;

/** `http://prometheus:9090/?job=orders-api`: what follows the question mark narrows every built-in query. */
function addressOf(url: string): { api: string; matchers: Matchers } {
  const { origin, pathname, searchParams } = new URL(url);
  return { api: `${origin}${pathname.replace(/\/+$/, '')}/api/v1/query`, matchers: [...searchParams] };
}

const gaugeAgeMs = 60_000;

/** Asks the HTTP API of Prometheus; what a built-in metric is computed from is looked up at every tick. */
export function prometheusSource(
  url: string,
  { fetch, monitoring, service, timeoutMs = 5_000 }: ReaderOptions,
): Source {
  const { api, matchers } = addressOf(url);

  async function ask(query: string, now: number): Promise<Result> {
    const asked = `${api}?${new URLSearchParams({ query, time: String(now / 1000) }).toString()}`;
    const result = resultOf(
      await get(asked, { fetch, timeoutMs, accept: 'application/json', limitBytes: mebibytes(1) }),
    );
    for (const { time } of result.rows) rejectStale(time, now);
    return result;
  }

  function rejectStale(time: number, now: number): void {
    const oldest = now - Math.max(2 * monitoring.everyMs, 5_000);
    if (time < oldest) throw noData(`stale: the answer is of ${new Date(time).toISOString()}`);
  }

  /** Metric names that exist now, each with the jobs that it comes from. */
  async function discover(now: number): Promise<Map<string, Set<string>>> {
    const narrowed = matchers.map(([label, value]) => `,${label}=${JSON.stringify(value)}`).join('');
    const { rows } = await ask(`count by (__name__, job) ({__name__=~"${knownNames.join('|')}"${narrowed}})`, now);
    const found = new Map<string, Set<string>>();
    for (const { labels } of rows) {
      const name = labels['__name__'] ?? '';
      found.set(name, (found.get(name) ?? new Set()).add(labels['job'] ?? ''));
    }
    return found;
  }

  /** Series of several jobs must not be mixed: the sum would be about another service as well. */
  function matchersFor(name: string, jobs: ReadonlySet<string>): Matchers {
    if (jobs.size <= 1) return matchers;
    if (service !== undefined && jobs.has(service)) return [...matchers, ['job', service]];
    throw unusable(
      `${name} comes from the jobs ${[...jobs].sort().join(', ')}: name one in the address, as in ?job=${[...jobs].sort()[0]}`,
    );
  }

  return {
    async open(now): Promise<Telemetry> {
      const jobs = await discover(now);
      const asked = new Map<string, Promise<Result>>();

      function once(query: string): Promise<Result> {
        const result = asked.get(query) ?? ask(query, now);
        asked.set(query, result);
        return result;
      }

      const select = (name: string): Matchers => matchersFor(name, jobs.get(name) ?? new Set());

      return {
        has: (name) => jobs.has(name),
        async increase(name, by, windowMs): Promise<Increase> {
          const labels = by === 'status' ? statusLabels : [by];
          const query = `sum by (${labels.join(', ')}) (increase(${name}${selector(select(name))}[${windowMs}ms]))`;
          const { rows, raw } = await once(query);
          if (rows.length === 0)
            throw noData(
              `no two samples of ${name} lie within ${windowMs} ms: the window may be too short for the scrape interval`,
            );
          return { groups: grouped(rows, labels, name), spanMs: windowMs, query, raw };
        },
        async level(gauge, over, windowMs): Promise<Level> {
          const query = gaugeQuery(gauge, select(gauge.name), over, Math.max(windowMs, gaugeAgeMs));
          return { ...single(await once(query)), query };
        },
        async evaluate(query): Promise<Level> {
          return { ...single(await once(query)), query };
        },
      };
    },
  };
}

function gaugeQuery({ name, label, value }: GaugeName, matchers: Matchers, over: 'sum' | 'max', ageMs: number): string {
  const all: Matchers = label === undefined || value === undefined ? matchers : [...matchers, [label, value]];
  return `${over}(last_over_time(${name}${selector(all)}[${ageMs}ms]))`;
}

function grouped(rows: readonly Row[], labels: readonly string[], name: string): Map<string, number> {
  const groups = new Map<string, number>();
  for (const { labels: found, value } of rows) {
    if (!Number.isFinite(value) || value < 0) throw unusable(`the increase of ${name} is ${value}`);
    const key = labels.map((label) => found[label]).find((one) => one !== undefined) ?? '';
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
