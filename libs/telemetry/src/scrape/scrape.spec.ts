import { describe, expect, it } from 'vitest';
import type { Measure, Sample } from '@backstay/deployment';
import { metricReader, probeMetrics } from '../reader.ts';
import { at, limits, measure } from '../testing/measures.ts';

type Given = string | Error | Response;

const ended = (text: string): string => (text === '' || text.endsWith('\n') ? text : `${text}\n`);

/** Replies to each scrape with the next text. */
const scraping = (replies: Given[], measures: Measure[], overrides = {}) => {
  const queue = [...replies];
  const fetch = async () => {
    const next = queue.shift() ?? new Error('nothing left');
    if (next instanceof Error) throw next;
    return typeof next === 'string' ? new Response(ended(next), { headers: { 'content-type': 'text/plain' } }) : next;
  };
  const monitoring = { everyMs: 1_000, limits, ...overrides };
  return metricReader({ kind: 'scrape', url: 'http://service/metrics' }, { fetch, monitoring, measures });
};

async function lastOf(replies: Given[], wanted: Measure, overrides = {}): Promise<Sample | undefined> {
  const reader = scraping(replies, [wanted], overrides);
  let sample: Sample | undefined;
  for (const second of replies.keys()) sample = (await reader.read(at(second))).samples[0];
  return sample;
}

const rate = measure('request-rate', 'per-second');
const errors = measure('error-rate', 'ratio');
const p95 = measure('response-time', 'ms', { quantile: 0.95 });
const counter = (ok: number, failed?: number) =>
  `# TYPE http_requests_total counter\nhttp_requests_total{status="200"} ${ok}\n${failed === undefined ? '' : `http_requests_total{status="500"} ${failed}\n`}`;

describe('rates from scrapes', () => {
  it.each([
    ['grow by the difference', [counter(100), counter(110)], 10],
    ['cover the window', [counter(0), counter(10), counter(20), counter(40)], 40 / 3],
    [
      'leave out what is older than the window',
      [counter(0), counter(1000), ...[0, 1, 2, 3, 4, 5].map((n) => counter(1000 + n))],
      1,
    ],
    ['count what a reset counter shows', [counter(100), counter(4)], 4],
    ['count a series that was not there before from zero', [counter(100), counter(100, 7)], 7],
  ])('%s', async (_, texts, value) => {
    expect((await lastOf(texts, rate))?.value).toBeCloseTo(value, 9);
  });

  it('count everything that a restarted process shows, also where it is more than before', async () => {
    const scrape = (count: number, started: number) => `${counter(count)}process_start_time_seconds ${started}\n`;
    expect((await lastOf([scrape(100, 1), scrape(150, 2)], rate))?.value).toBe(150);
  });

  it('are an error where several processes respond in turn', async () => {
    const scrape = (count: number, started: number) => `${counter(count)}process_start_time_seconds ${started}\n`;
    const sample = await lastOf([scrape(100, 1), scrape(9, 2), scrape(101, 1), scrape(9, 2)], rate);
    expect(sample).toMatchObject({ value: null, verdict: 'error', reason: expect.stringContaining('in turn') });
  });

  it('carry the number of requests and the time that they cover', async () => {
    expect(await lastOf([counter(90, 10), counter(180, 20)], errors)).toMatchObject({
      value: 0.1,
      requests: 100,
      spanMs: 1_000,
      windowMs: 5_000,
    });
  });

  it.each(['status', 'code', 'status_code', 'http_status_code', 'http_response_status_code'])(
    'know the status by the label %s',
    async (label) => {
      const scrape = (n: number) =>
        `http_server_requests_seconds_count{${label}="200"} ${3 * n}\nhttp_server_requests_seconds_count{${label}="503"} ${n}\n`;
      expect((await lastOf([scrape(1), scrape(2)], errors))?.value).toBe(0.25);
    },
  );
});

describe('an error rate from scrapes', () => {
  const scrape = (ok: string, failed: string) => (ofOk: number, ofFailed: number) =>
    `http_requests_total${ok} ${ofOk}\nhttp_requests_total${failed} ${ofFailed}\n`;

  it('knows a series whose labels stand in another order', async () => {
    const before = scrape('{method="GET",status="200"}', '{method="GET",status="500"}')(100_000, 9_000);
    const after = scrape('{status="200",method="GET"}', '{status="500",method="GET"}')(100_100, 9_000);
    expect(await lastOf([before, after], errors)).toMatchObject({ value: 0, requests: 100 });
  });

  it('counts a series with a blank before its brace', async () => {
    const both = scrape('{status="200"}', ' {status="500"}');
    expect((await lastOf([both(0, 0), both(50_000, 50_000)], errors))?.value).toBe(0.5);
  });

  it.each([
    ['status="success"', 'status="error"', 'success'],
    ['code="OK"', 'code="Internal"', 'OK'],
    ['status="200 OK"', 'status="503 Service Unavailable"', '200 OK'],
    ['status="200"', 'status="oops"', 'oops'],
  ])('has no value where a status is a word: %s, %s', async (ok, failed, word) => {
    const both = scrape(`{${ok}}`, `{${failed}}`);
    expect(await lastOf([both(0, 0), both(50, 50)], errors)).toMatchObject({
      value: null,
      verdict: 'error',
      reason: `http_requests_total: “${word}” is not an HTTP status`,
    });
  });

  it('is that of a numeric label beside one of words', async () => {
    const both = scrape('{status="success",code="200"}', '{status="error",code="500"}');
    expect((await lastOf([both(0, 0), both(50, 50)], errors))?.value).toBe(0.5);
  });

  it.each([
    ['code="200",status_code="503"', null],
    ['status="503",code="200"', null],
    ['code="503",status_code="5xx"', 0.5],
    ['code="503",status_code="4xx"', null],
    ['code="503",status="503"', 0.5],
    ['code="500",status="503"', null],
    ['code="0",status="503"', 0.5],
  ])('has a value only where labels that are statuses agree: %s', async (labels, value) => {
    const both = scrape('{status="200"}', `{${labels}}`);
    const sample = await lastOf([both(0, 0), both(50, 50)], errors);
    expect(sample?.value).toBe(value);
    if (value === null) expect(sample?.reason).toMatch(/^http_requests_total: “.{3} and .{3}” is not an HTTP status$/);
  });

  it('is none of a text that was cut within its last line', async () => {
    const complete = `${counter(110)}http_requests_total{status="500"} 50\n`;
    const cut = (end: number) => new Response(complete.slice(0, end), { headers: { 'content-type': 'text/plain' } });
    expect((await lastOf([counter(100, 0), cut(complete.length)], errors))?.value).toBe(50 / 60);
    for (const end of [-1, -2])
      expect(await lastOf([counter(100, 0), cut(end)], errors)).toMatchObject({
        value: null,
        verdict: 'error',
        reason: 'the reply is not whole: its line 3 has no end',
      });
  });

  it('has no value where only some requests have a status', async () => {
    const both = scrape('', '{status="500"}');
    expect(await lastOf([both(0, 0), both(50, 50)], errors)).toMatchObject({
      value: null,
      reason: 'http_requests_total: some requests have no status',
    });
  });

  it('is none of a text with a line that cannot be read: it may be of the errors', async () => {
    const broken = `${counter(110)}http_requests_total{status="500" 60\n`;
    expect(await lastOf([counter(100), broken], errors)).toMatchObject({
      verdict: 'error',
      reason: expect.stringContaining('line 3 is not of the exposition format'),
    });
  });

  it('counts a series that was left out for a while by what it grew since, unless the process began anew', async () => {
    const started = (text: string, second: number) => `${text}process_start_time_seconds ${second}\n`;
    const texts = [counter(100, 1_000), counter(150), counter(200, 1_010)];
    const same = texts.map((text) => started(text, 1));
    expect(await lastOf(same, errors)).toMatchObject({ value: 10 / 110, requests: 110 });
    expect(await lastOf(texts, errors)).toMatchObject({ requests: 1_110 });
    const anew = [...same.slice(0, 2), started(counter(3, 7), 2)];
    expect(await lastOf(anew, errors)).toMatchObject({ requests: 60 });
  });
});

const histogram = (fast: number, all: number, base = 'http_request_duration_seconds', bound = '0.5') =>
  `${base}_bucket{route="/a",le="${bound}"} ${fast}\n${base}_bucket{route="/a",le="+Inf"} ${all}\n` +
  `${base}_bucket{route="/b",le="${bound}"} ${fast}\n${base}_bucket{route="/b",le="+Inf"} ${all}\n`;

describe('response times from scrapes', () => {
  it('are aggregated over routes, in milliseconds', async () => {
    expect(await lastOf([histogram(0, 0), histogram(100, 100)], p95)).toMatchObject({ value: 475, requests: 200 });
  });

  it('may be published in milliseconds', async () => {
    const base = 'http_request_duration_milliseconds';
    expect((await lastOf([histogram(0, 0, base, '500'), histogram(100, 100, base, '500')], p95))?.value).toBe(475);
  });

  it('above the last bound are marked so', async () => {
    expect(await lastOf([histogram(0, 0), histogram(10, 100)], p95)).toMatchObject({ value: 500, above: true });
  });

  describe('of a histogram whose buckets are others than before', () => {
    const base = 'http_request_duration_seconds_bucket';
    /** Cumulative, up to 0.5 s, 1 s and beyond. */
    const route = (name: string, ...counts: readonly (number | null)[]) =>
      counts
        .map((count, index) =>
          count === null ? '' : `${base}{route="${name}",le="${['0.5', '1', '+Inf'][index]}"} ${count}\n`,
        )
        .join('');
    const started = 'process_start_time_seconds 1\n';
    /** Ten requests each second on each of two routes, all of them between 0.5 and 1 s. */
    const complete = (n: number) => route('/a', 0, 10 * n, 10 * n) + route('/b', 0, 10 * n, 10 * n);
    const without = (n: number) => route('/a', 0, null, 10 * n) + route('/b', 0, 10 * n, 10 * n);
    const wide = measure('response-time', 'ms', { quantile: 0.95, windowMs: 60_000 });
    const read = (texts: readonly string[]) => lastOf([...texts], wide);

    it.each([
      ['that knows when it began', started],
      ['that does not', ''],
    ])(
      'have no value at the tick that sees it, of a process %s, also where another route has them all',
      async (_, more) => {
        const texts = [complete(1), complete(2), without(3), complete(4), complete(5), complete(6)].map(
          (text) => text + more,
        );
        const changed = { value: null, verdict: 'error', reason: `the buckets of ${base} are others than before` };
        expect(await read(texts.slice(0, 3))).toMatchObject(changed);
        expect(await read(texts.slice(0, 4))).toMatchObject(changed);
        // No longer than that, and of what was counted alike.
        expect(await read(texts.slice(0, 5))).toMatchObject({ value: 975, requests: 20, spanMs: 1_000 });
        expect(await read(texts)).toMatchObject({ value: 975, requests: 40, spanMs: 2_000 });
      },
    );

    it.each([
      ['with fewer', ['2', '+Inf'], 1_900],
      ['with as many', ['1', '4', '+Inf'], 3_850],
    ] as const)('are those of the process that was begun, %s of its own', async (_, bounds, value) => {
      const other = (n: number) =>
        bounds.map((bound) => `${base}{route="/a",le="${bound}"} ${bound === '1' ? 0 : 10 * n}\n`).join('');
      const texts = [complete(7), complete(8), other(1), other(2)];
      const changed = { value: null, reason: `the buckets of ${base} are others than before` };
      expect(await read(texts.slice(0, 3))).toMatchObject(changed);
      expect(await read(texts)).toMatchObject({ value: expect.closeTo(value, 6), requests: 10 });
      const known = texts.map((text, index) => `${text}process_start_time_seconds ${index < 2 ? 1 : 2}\n`);
      expect(await read(known.slice(0, 3))).toMatchObject(changed);
      expect(await read(known)).toMatchObject({ value: expect.closeTo(value, 6), requests: 10 });
    });

    it('are those of several processes that respond in turn, which is said first', async () => {
      const other = `${base}{route="/a",le="2"} 9\n${base}{route="/a",le="+Inf"} 9\nprocess_start_time_seconds 2\n`;
      expect(await read([complete(1) + started, other, complete(2) + started])).toMatchObject({
        verdict: 'error',
        reason: expect.stringContaining('several processes respond in turn'),
      });
    });

    it('are those of all routes, where one begins with buckets of its own or is left out for a while', async () => {
      const late = `${base}{route="/c",le="0.5"} 5\n${base}{route="/c",le="+Inf"} 5\n`;
      expect(await read([complete(1), complete(2) + late])).toMatchObject({ requests: 25 });
      const texts = [complete(1) + late, complete(2), complete(3) + late].map((text) => text + started);
      expect(await read(texts)).toMatchObject({ requests: 40, spanMs: 2_000 });
    });

    it('are others also where a route was left out meanwhile', async () => {
      const late = (bound: string) => `${base}{route="/c",le="${bound}"} 5\n${base}{route="/c",le="+Inf"} 5\n`;
      const texts = [complete(1) + late('0.5'), complete(2), complete(3) + late('1')].map((text) => text + started);
      expect(await read(texts)).toMatchObject({ value: null, reason: expect.stringContaining('others than before') });
    });
  });

  it('without a quantile are the mean', async () => {
    const scrape = (sum: number, count: number) =>
      `http_request_duration_seconds_sum ${sum}\nhttp_request_duration_seconds_count ${count}\n`;
    expect((await lastOf([scrape(0, 0), scrape(3, 10)], measure('response-time', 'ms')))?.value).toBe(300);
  });
});

describe('levels from scrapes', () => {
  it.each([
    [measure('memory', 'ratio'), 'process_resident_memory_bytes 268435456', 0.5],
    [measure('memory', 'bytes'), 'process_resident_memory_bytes 268435456', 268_435_456],
    [
      measure('database-connections', 'count'),
      'hikaricp_connections_active{pool="a"} 2\nhikaricp_connections_active{pool="b"} 3',
      5,
    ],
    [
      measure('database-connections', 'count'),
      'db_client_connections_usage{state="idle"} 9\ndb_client_connections_usage{state="used"} 4',
      4,
    ],
    [measure('queue-depth', 'count'), 'bullmq_job_count{state="waiting"} 6\nbullmq_job_count{state="failed"} 99', 6],
  ])('need a single scrape', async (wanted, text, value) => {
    expect((await lastOf([text], wanted))?.value).toBe(value);
  });

  it('share of the CPU is the time of the process over that of its cores', async () => {
    expect(
      (await lastOf(['process_cpu_seconds_total 1', 'process_cpu_seconds_total 2'], measure('cpu', 'ratio')))?.value,
    ).toBe(0.5);
  });
});

describe('what a scrape cannot report', () => {
  const big = 'a 1\n'.repeat(1_400_000);
  const html = () => new Response('<html>up 1</html>', { headers: { 'content-type': 'text/html' } });
  const refused = Object.assign(new TypeError('fetch failed'), { cause: new Error('connect ECONNREFUSED') });
  const redirect = () => new Response(null, { status: 302, headers: { location: 'http://elsewhere/' } });

  it.each([
    ['one scrape', [counter(1)], rate, 'no-data', 'fewer than two scrapes'],
    [
      'a long gap',
      [counter(1), refused, refused, refused, refused, refused, refused, counter(2)],
      rate,
      'no-data',
      'fewer than two scrapes',
    ],
    ['no traffic', [counter(5, 1), counter(5, 1)], errors, 'no-data', 'no requests in the window'],
    [
      'a declared counter without series',
      ['# TYPE http_requests_total counter\n', '# TYPE http_requests_total counter\n'],
      errors,
      'no-data',
      'no requests',
    ],
    ['no status', ['http_requests_total 1', 'http_requests_total 2'], errors, 'error', 'none of the labels status'],
    ['a negative counter', [counter(1, 1), counter(2, -3)], errors, 'error', 'negative'],
    ['a counter that is not a number', [counter(1, 1), counter(2, NaN)], errors, 'error', 'no number'],
    ['no such metric', ['up 1', 'up 1'], errors, 'no-data', 'no series of http_requests_total'],
    [
      'a gauge that is not a number',
      ['queue_depth NaN'],
      measure('queue-depth', 'count'),
      'no-data',
      'queue_depth is NaN',
    ],
    ['a stale series', ['queue_depth 1 1000'], measure('queue-depth', 'count'), 'no-data', 'no current series'],
    ['a unit it does not have', ['queue_depth 1'], measure('queue-depth', 'ms'), 'error', 'cannot be read in ms'],
    ['an unknown name', ['up 1'], measure('constructor', 'count'), 'error', 'no metric is called constructor'],
    ['PromQL', ['up 1'], measure('mine', 'count', { query: 'up' }), 'error', 'can only be asked of Prometheus'],
    ['a web page', [html()], rate, 'error', 'text/html, not metrics'],
    ['an empty reply', [''], rate, 'error', 'holds no metrics'],
    ['a huge reply', [big], rate, 'error', 'larger than 5 MiB'],
    ['an error', [new Response('', { status: 503 })], rate, 'error', 'HTTP 503'],
    ['a redirect', [redirect()], rate, 'error', 'redirected to http://elsewhere/'],
    ['no connection', [refused], rate, 'error', 'ECONNREFUSED'],
  ] as const)('is said: %s', async (_, replies, wanted, verdict, reason) => {
    expect(await lastOf([...replies], wanted)).toMatchObject({
      value: null,
      verdict,
      reason: expect.stringContaining(reason),
    });
  });

  it.each([
    ['cpu', 'limits.cores'],
    ['memory', 'limits.memory'],
  ])('names the denominator of %s that is missing', async (metric, missing) => {
    const text = 'process_cpu_seconds_total 1\nprocess_resident_memory_bytes 1\n';
    const sample = await lastOf([text, text], measure(metric, 'ratio'), { limits: { cores: null, memoryBytes: null } });
    expect(sample).toMatchObject({ verdict: 'no-data', reason: expect.stringContaining(missing) });
  });

  it('is a share of what the service may use where the profile does not say it', async () => {
    const fetch = async () => new Response('process_resident_memory_bytes 1024\n');
    const reader = metricReader(
      { kind: 'scrape', url: 'http://service/metrics' },
      {
        fetch,
        monitoring: { everyMs: 1_000, limits: { cores: null, memoryBytes: null } },
        measures: [measure('memory', 'ratio')],
        limits: async () => ({ cores: null, memoryBytes: 4096 }),
      },
    );
    expect((await reader.read(at(0))).samples).toMatchObject([{ metric: 'memory', value: 0.25 }]);
    expect(await reader.probe(at(1))).toMatchObject([{ metric: 'memory', verdict: 'pass' }]);
  });

  it('is not applicable where the metric is optional and absent', async () => {
    expect(await lastOf(['up 1'], measure('queue-depth', 'count', { optional: true }))).toMatchObject({
      value: null,
      verdict: 'skipped',
    });
  });

  it('does not outlast its cause', async () => {
    expect((await lastOf([counter(0), refused, counter(10)], rate))?.value).toBe(5);
  });
});

describe('a probe', () => {
  it('names for all metrics at once what they will be computed from', async () => {
    const fetch = async () => new Response('# TYPE http_requests_total counter\nprocess_cpu_seconds_total 1\n');
    const measures = [
      errors,
      measure('cpu', 'ratio'),
      measure('memory', 'ratio'),
      measure('queue-depth', 'count', { optional: true }),
    ];
    const options = {
      fetch: fetch as typeof globalThis.fetch,
      monitoring: { everyMs: 1_000, limits: { cores: null, memoryBytes: 1 } },
      measures,
    };
    expect(await probeMetrics({ kind: 'scrape', url: 'http://service/metrics' }, options, at(0))).toMatchObject([
      { metric: 'error-rate', verdict: 'pass', found: 'http_requests_total' },
      { metric: 'cpu', verdict: 'no-data', reason: expect.stringContaining('limits.cores') },
      { metric: 'memory', verdict: 'no-data', reason: expect.stringContaining('process_resident_memory_bytes') },
      { metric: 'queue-depth', verdict: 'skipped' },
    ]);
  });
});
