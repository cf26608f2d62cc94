import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { Sample } from '@backstay/deployment';
import { garbled, placesOf, runs, tally } from '@backstay/event-sourcing/testing';
import { metricReader } from '../reader.ts';
import { statusLabels } from '../names.ts';
import { increaseQuery } from './increase-query.ts';
import { at, limits, measure } from '../testing/measures.ts';

const now = at(0);
const seconds = Date.parse(now) / 1000;
const own = measure('mine', 'count', { query: 'my_query' });
const source = { kind: 'prometheus', url: 'http://prometheus:9090/prefix/?job=orders' } as const;

const vector = (...values: [Record<string, string>, string][]) => ({
  status: 'success',
  data: { resultType: 'vector', result: values.map(([metric, value]) => ({ metric, value: [seconds, value] })) },
});
const respond = (body: unknown, status = 200) =>
  new Response(typeof body === 'string' ? body : JSON.stringify(body), { status });

/** Replies by query; what is not given is an empty vector. */
async function read(wanted: typeof own, replies: Record<string, () => Response>, service?: string) {
  const asked: URL[] = [];
  const fetch = (async (url: string) => {
    asked.push(new URL(url));
    const query = asked.at(-1)?.searchParams.get('query') ?? '';
    const known = Object.keys(replies).find((part) => query.includes(part));
    return known === undefined ? respond(vector()) : replies[known]?.();
  }) as typeof globalThis.fetch;
  const options = {
    fetch,
    monitoring: { everyMs: 1_000, limits },
    measures: [wanted],
    ...(service ? { service } : {}),
  };
  const [sample] = (await metricReader(source, options).read(now)).samples;
  return { sample: sample as Sample, asked };
}

const discovered =
  (...names: [string, string][]) =>
  () =>
    respond(vector(...names.map(([name, job]): [Record<string, string>, string] => [{ __name__: name, job }, '1'])));

describe('a query of the document', () => {
  it('is asked as it stands, at the time of the tick', async () => {
    const { sample, asked } = await read(own, { my_query: () => respond(vector([{}, '42'])) });
    expect(sample).toMatchObject({ value: 42, unit: 'count', query: 'my_query', time: now });
    const last = asked.at(-1);
    expect(last?.pathname).toBe('/prefix/api/v1/query');
    expect(Object.fromEntries(last?.searchParams ?? [])).toEqual({ query: 'my_query', time: String(seconds) });
  });

  it('may yield a scalar', async () => {
    const scalar = { status: 'success', data: { resultType: 'scalar', result: [seconds, '7'] } };
    expect((await read(own, { my_query: () => respond(scalar) })).sample.value).toBe(7);
  });

  const failure = { status: 'error', errorType: 'bad_data', error: 'parse error' };
  const matrix = { status: 'success', data: { resultType: 'matrix', result: [] } };
  const stale = { status: 'success', data: { resultType: 'scalar', result: [seconds - 60, '7'] } };

  it.each([
    ['empty', () => respond(vector()), 'no-data', 'empty'],
    ['NaN', () => respond(vector([{}, 'NaN'])), 'no-data', 'NaN'],
    ['infinite', () => respond(vector([{}, '+Inf'])), 'no-data', 'Infinity'],
    ['text', () => respond(vector([{}, 'abc'])), 'no-data', 'NaN'],
    ['several series', () => respond(vector([{ a: '1' }, '1'], [{ a: '2' }, '2'])), 'error', '2 series'],
    [
      'a warning',
      () => respond({ ...vector([{}, '1']), warnings: ['partial response'] }),
      'error',
      'warning: partial response',
    ],
    ['a matrix', () => respond(matrix), 'error', 'neither a vector nor a scalar'],
    ['stale', () => respond(stale), 'no-data', 'stale'],
    ['a bad query', () => respond(failure, 400), 'error', 'HTTP 400: bad_data: parse error'],
    ['an error with status 200', () => respond(failure), 'error', 'parse error'],
    ['an overloaded server', () => respond('busy', 503), 'error', 'HTTP 503'],
    ['data with an error status', () => respond(vector([{}, '1']), 500), 'error', 'HTTP 500'],
    ['a web page', () => respond('<html>'), 'error', 'not JSON'],
    [
      'a redirect',
      () => new Response(null, { status: 307, headers: { location: '/login' } }),
      'error',
      'redirected to /login',
    ],
    ['too large', () => respond('x'.repeat(1_100_000)), 'error', 'larger than 1 MiB'],
  ] as const)('has no value when the reply is %s', async (_, reply, verdict, reason) => {
    const { sample } = await read(own, { my_query: reply });
    expect(sample).toMatchObject({ value: null, verdict, reason: expect.stringContaining(reason), query: 'my_query' });
  });

  it('has no value when nothing responds in time', async () => {
    const fetch = ((_: string, { signal }: RequestInit) =>
      new Promise((_resolve, reject) =>
        signal?.addEventListener('abort', () => reject(signal.reason as Error)),
      )) as typeof globalThis.fetch;
    const options = { fetch, monitoring: { everyMs: 1_000, limits }, measures: [own], timeoutMs: 10 };
    const { samples } = await metricReader(source, options).read(now);
    expect(samples[0]).toMatchObject({ value: null, verdict: 'error', reason: 'no response within 10 ms' });
  });
});

describe('a built-in metric', () => {
  const errors = measure('error-rate', 'ratio');

  it('is computed from the increase of the counter that exists, narrowed as the address says', async () => {
    const { sample } = await read(errors, {
      __name__: discovered(['http_server_requests_total', 'orders']),
      'increase(': () => respond(vector([{ code: '200' }, '90'], [{ code: '502' }, '10'])),
    });
    expect(sample).toMatchObject({
      value: 0.1,
      requests: 100,
      query: increaseQuery(statusLabels, 'http_server_requests_total{job="orders"}', 5_000),
    });
  });

  it('says what was asked, also where there is no value', async () => {
    const silent = () => respond(vector([{ status: '200' }, '0']));
    const { sample } = await read(errors, {
      __name__: discovered(['http_requests_total', 'orders']),
      'increase(': silent,
    });
    expect(sample).toMatchObject({ verdict: 'no-data', reason: 'no requests in the window' });
    expect(sample.query).toContain('increase(http_requests_total{job="orders"}[5000ms])');
  });

  it('does not mix jobs: the service chooses, or it is an error', async () => {
    const replies = {
      __name__: discovered(['http_requests_total', 'orders'], ['http_requests_total', 'payments']),
      'job="payments"}[': () => respond(vector([{ status: '200' }, '1'])),
    };
    expect((await read(errors, replies, 'payments')).sample.value).toBe(0);
    expect((await read(errors, replies)).sample).toMatchObject({
      verdict: 'error',
      reason: expect.stringContaining('orders, payments'),
    });
  });

  it.each([
    ['nothing is known', {}, 'no-data', 'no series of'],
    [
      'the window holds fewer than two samples',
      { __name__: discovered(['http_requests_total', 'a']) },
      'no-data',
      'may be too short',
    ],
    [
      'an increase is not finite',
      {
        __name__: discovered(['http_requests_total', 'a']),
        'increase(': () => respond(vector([{ status: '200' }, 'NaN'])),
      },
      'error',
      'NaN',
    ],
    ['discovery fails', { __name__: () => respond('', 502) }, 'error', 'HTTP 502'],
  ] as const)('has no value when %s', async (_, replies, verdict, reason) => {
    expect((await read(errors, replies)).sample).toMatchObject({
      value: null,
      verdict,
      reason: expect.stringContaining(reason),
    });
  });
});

describe('garbling any part of a reply', () => {
  const tried = tally();
  afterAll(() => tried.report('garbled replies of Prometheus: none with a lower value'));
  const fires = measure('alert:TooSlow', 'count');
  const alert = { state: 'firing', labels: { job: 'orders' } };
  const rule = {
    type: 'alerting',
    name: 'TooSlow',
    health: 'ok',
    lastEvaluation: now,
    state: 'firing',
    alerts: [alert],
  };

  it.each([
    ['a query', own, vector([{ job: 'orders' }, '42']), 42, ['job', 1]],
    [
      'an alert',
      fires,
      { status: 'success', data: { groups: [{ interval: 1, rules: [rule] }] } },
      1,
      ['job', 'name', 'lastEvaluation'],
    ],
  ] as const)('never makes a breach pass: of %s', async (_what, wanted, reply, value, free) => {
    const valueOf = async (body: unknown) => {
      const fetch = (async (url: string) =>
        /api.v1.rules|my_query/.test(url) ? respond(body) : respond(vector())) as typeof globalThis.fetch;
      const reader = metricReader(source, { fetch, monitoring: { everyMs: 1_000, limits }, measures: [wanted] });
      return (await reader.read(now)).samples[0]?.value;
    };
    expect(await valueOf(reply)).toBe(value);
    // Which of many it is, its moment and its value are free: another may be meant.
    const places = placesOf(reply).filter((place) => !(free as readonly unknown[]).includes(place.at(-1)));
    const strange = fc.constantFrom<unknown>('???', 'FIRING', 17, -1, null, {}, { a: [1] }, true);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...places), fc.boolean(), strange, async (place, isName, by) => {
        const changed = isName && typeof place.at(-1) === 'string' ? ['name', 'X'] : ['value', by];
        tried.add();
        const body = garbled(reply, place, changed[0] as 'name' | 'value', changed[1]);
        expect({ body, value: (await valueOf(body)) ?? value }).toMatchObject({ value });
      }),
      runs(200),
    );
  });
});

describe('an alert', () => {
  const fires = measure('alert:TooSlow', 'count');
  const rule = (over: { alerts?: { state: string; labels: object }[]; [member: string]: unknown } = {}) => ({
    type: 'alerting',
    name: 'TooSlow',
    health: 'ok',
    lastEvaluation: now,
    state: over.alerts?.[0]?.state ?? 'inactive',
    alerts: [],
    ...over,
  });
  const firing = (labels: object) => ({ state: 'firing', labels });
  const rules = (...all: object[]) => ({
    status: 'success',
    data: { groups: [{ interval: 1, rules: [{ type: 'recording', name: 'TooSlow' }, ...all] }] },
  });

  /** Rules are asked for at another path than queries. */
  async function stateOf(body: unknown, status = 200): Promise<Sample> {
    const fetch = (async (url: string) =>
      new URL(url).pathname === '/prefix/api/v1/rules'
        ? respond(body, status)
        : respond(vector())) as typeof globalThis.fetch;
    const reader = metricReader(source, { fetch, monitoring: { everyMs: 1_000, limits }, measures: [fires] });
    return (await reader.read(now)).samples[0] as Sample;
  }

  it.each([
    ['inactive', rule(), 0],
    ['pending', rule({ alerts: [{ state: 'pending', labels: { job: 'orders' } }] }), 0],
    ['firing', rule({ alerts: [firing({ job: 'orders' })] }), 1],
    ['firing, and names no job', rule({ alerts: [firing({ severity: 'page' })] }), 1],
    ['firing for another job only', rule({ alerts: [firing({ job: 'others' })] }), 0],
  ])('that is %s has its value', async (_state, found, value) => {
    expect(await stateOf(rules(found))).toMatchObject({ value, unit: 'count' });
  });

  it.each([
    ['nobody defined', rules(rule({ name: 'Other' })), 'no-data', 'no alerting rule called TooSlow'],
    [
      'was evaluated with an error',
      rules(rule({ health: 'err', lastError: 'many-to-many' })),
      'error',
      'is err: many-to-many',
    ],
    ['was never evaluated', rules(rule({ health: 'unknown' })), 'error', 'is unknown and was not evaluated'],
    ['was last evaluated long ago', rules(rule({ lastEvaluation: at(-60) })), 'no-data', 'stale: the rule TooSlow'],
    ['another kind of reply', vector(), 'error', 'not a list of rules'],
    [
      'is in a state that is not known',
      rules(rule({ alerts: [{ state: 'FIRING', labels: {} }] })),
      'error',
      'in the state FIRING, which is not known',
    ],
    ['fires without an alert that does', rules(rule({ state: 'firing' })), 'error', 'none of its alerts does'],
  ])('that %s has no value', async (_state, body, verdict, reason) => {
    expect(await stateOf(body)).toMatchObject({ value: null, verdict, reason: expect.stringContaining(reason) });
  });

  it('of a scraped service has no value', async () => {
    const fetch = (async () =>
      new Response('up 1\n', { headers: { 'content-type': 'text/plain' } })) as typeof globalThis.fetch;
    const options = { fetch, monitoring: { everyMs: 1_000, limits }, measures: [fires] };
    const [sample] = (await metricReader({ kind: 'scrape', url: 'http://service/metrics' }, options).read(now)).samples;
    expect(sample).toMatchObject({
      verdict: 'error',
      reason: expect.stringContaining('alerts can only be asked of Prometheus'),
    });
  });
});
