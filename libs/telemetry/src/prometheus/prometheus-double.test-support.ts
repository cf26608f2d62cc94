import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { identity, parseExposition, type Series } from '../exposition.ts';

interface Scrape {
  readonly time: number;
  readonly series: readonly Series[];
}

interface Row {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

const discovery = /^count by \(__name__, job\)/;
const increase = /^sum by \(([\w, ]*)\) \(\(last_over_time\((\w+)(?:\{[^}]*\})?\[(\d+)ms\]\) - /;
const level = /^(sum|max)\(last_over_time\((\w+)(?:\{.*\})?\[(\d+)ms\]\)\)$/;
const constant = /^vector\((\d+)\)$/;

/**
 * A double of the HTTP API of Prometheus, not Prometheus: it knows the forms of the queries that the source asks, computes them from
 * what it was given to scrape, and does not extrapolate. One alerting rule, `Quiet`, never fires.
 */
export class PrometheusDouble {
  readonly #server: Server;
  #scrapes: readonly Scrape[] = [];
  #stopped = false;

  private constructor() {
    this.#server = createServer((request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? '/', 'http://double');
      const at = Number(searchParams.get('time'));
      const body = pathname.endsWith('/rules') ? this.#rules() : this.#vector(searchParams.get('query') ?? '', at);
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  }

  static async start(): Promise<PrometheusDouble> {
    const double = new PrometheusDouble();
    double.#server.listen(0, '127.0.0.1');
    await once(double.#server, 'listening');
    return double;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** @param time in milliseconds */
  scrape(time: number, text: string): void {
    this.#scrapes = [...this.#scrapes, { time, series: parseExposition(text, false, () => true).series }];
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #vector(query: string, at: number) {
    const result = this.#rows(query, at * 1_000).map(({ metric, value }) => ({ metric, value: [at, String(value)] }));
    return { status: 'success', data: { resultType: 'vector', result } };
  }

  #rules() {
    const lastEvaluation = new Date(this.#scrapes.at(-1)?.time ?? 0).toISOString();
    const rule = { type: 'alerting', name: 'Quiet', health: 'ok', lastEvaluation, state: 'inactive', alerts: [] };
    return { status: 'success', data: { groups: [{ interval: 1, rules: [rule] }] } };
  }

  #rows(query: string, at: number): readonly Row[] {
    if (discovery.test(query)) return this.#names();
    const [, labels, counter, overMs] = increase.exec(query) ?? [];
    if (counter !== undefined) return this.#increase((labels ?? '').split(', '), counter, at - Number(overMs), at);
    const [, by, gauge] = level.exec(query) ?? [];
    if (gauge !== undefined) return this.#level(gauge, by === 'max');
    const [, value] = constant.exec(query) ?? [];
    if (value !== undefined) return [{ metric: {}, value: Number(value) }];
    throw new Error(`the double does not know the query ${query}`);
  }

  #names(): readonly Row[] {
    const names = new Set(this.#scrapes.at(-1)?.series.map(({ name }) => name));
    return [...names].map((name) => ({ metric: { __name__: name, job: 'service' }, value: 1 }));
  }

  #level(name: string, greatest: boolean): readonly Row[] {
    const values = (this.#scrapes.at(-1)?.series ?? []).filter((one) => one.name === name).map(({ value }) => value);
    if (values.length === 0) return [];
    return [{ metric: {}, value: greatest ? Math.max(...values) : values.reduce((sum, value) => sum + value) }];
  }

  /** A series that two scrapes within the time hold has grown; a counter that fell was reset. */
  #increase(labels: readonly string[], name: string, from: number, to: number): readonly Row[] {
    const within = this.#scrapes.filter(({ time }) => time >= from && time <= to);
    const last = within.at(-1);
    if (within.length < 2 || last === undefined) return [];
    const grown = new Map<string, Row>();
    for (const one of last.series.filter((each) => each.name === name)) {
      const values = within.map(({ series }) => series.find((each) => identity(each) === identity(one))?.value);
      const metric = Object.fromEntries(
        labels.flatMap((label) => (one.labels.has(label) ? [[label, one.labels.get(label) ?? '']] : [])),
      );
      const key = JSON.stringify(metric);
      grown.set(key, { metric, value: (grown.get(key)?.value ?? 0) + growth(values) });
    }
    return [...grown.values()];
  }
}

function growth(values: readonly (number | undefined)[]): number {
  return values.slice(1).reduce<number>((sum, value = 0, index) => {
    const before = values[index] ?? 0;
    return sum + (value < before ? value : value - before);
  }, 0);
}
