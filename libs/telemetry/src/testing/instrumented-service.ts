import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A service that publishes its metrics over HTTP, with counters that grow as the test says. */
export class InstrumentedService {
  readonly #server: Server;
  readonly #requests = new Map<string, number>();
  readonly #buckets = new Map<number, number>([0.1, 0.5, 1, 2].map((bound) => [bound, 0]));
  #slower = 0;
  #seconds = 0;
  #cpu = 0;
  #startedAt = 1_000;
  #published: string | null = null;
  #stopped = false;

  private constructor() {
    this.#server = createServer((_, response) => {
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(this.text());
    });
  }

  static async start(): Promise<InstrumentedService> {
    const service = new InstrumentedService();
    service.#server.listen(0, '127.0.0.1');
    await once(service.#server, 'listening');
    return service;
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get url(): string {
    return `http://${this.host}/metrics`;
  }

  serve(count: number, status = 200, seconds = 0.05): void {
    this.#requests.set(`${status}`, (this.#requests.get(`${status}`) ?? 0) + count);
    const bound = [...this.#buckets.keys()].find((upper) => seconds <= upper);
    if (bound === undefined) this.#slower += count;
    else this.#buckets.set(bound, (this.#buckets.get(bound) ?? 0) + count);
    this.#seconds += count * seconds;
  }

  burn(cpuSeconds: number): void {
    this.#cpu += cpuSeconds;
  }

  restart(): void {
    this.#requests.clear();
    for (const bound of this.#buckets.keys()) this.#buckets.set(bound, 0);
    [this.#slower, this.#seconds, this.#cpu] = [0, 0, 0];
    this.#startedAt += 100;
  }

  /** Publishes exactly this from now on. */
  publish(text: string): void {
    this.#published = text;
  }

  text(): string {
    if (this.#published !== null) return this.#published;
    let cumulative = 0;
    const buckets = [...this.#buckets].map(
      ([le, count]) => `http_request_duration_seconds_bucket{le="${le}"} ${(cumulative += count)}`,
    );
    const observations = cumulative + this.#slower;
    return [
      '# HELP http_requests_total Requests handled.',
      '# TYPE http_requests_total counter',
      ...[...this.#requests].map(([status, count]) => `http_requests_total{method="GET",status="${status}"} ${count}`),
      '# TYPE http_request_duration_seconds histogram',
      ...buckets,
      `http_request_duration_seconds_bucket{le="+Inf"} ${observations}`,
      `http_request_duration_seconds_sum ${this.#seconds}`,
      `http_request_duration_seconds_count ${observations}`,
      `process_cpu_seconds_total ${this.#cpu}`,
      `process_start_time_seconds ${this.#startedAt}`,
      `process_resident_memory_bytes ${128 * 1024 ** 2}`,
      'pg_pool_connections{state="idle"} 3',
      'pg_pool_connections{state="busy"} 4',
      '',
    ].join('\n');
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
