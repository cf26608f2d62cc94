import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import type { Clause, Comparison, SmokeTest } from '@backstay/document';
import { runs } from '@backstay/event-sourcing/testing';
import { judgeResponse } from './judge.ts';
import type { HttpRequest } from './ports.ts';
import { runFlows } from './run-flows.ts';

const reply = (body: string | Uint8Array) => ({
  status: 200,
  statusText: 'OK',
  headers: { 'x-id': '12345678901234567890' },
  latencyMs: 1,
  body: Buffer.from(body).toString('utf8'),
  content: Buffer.from(body),
});
const value = (path: string, operator: Comparison, written: string): Clause => ({
  kind: 'value',
  path,
  operator,
  value: null,
  written,
});
const judged = (clause: Clause, body: string | Uint8Array) => judgeResponse([clause], reply(body))[1]!;

describe('a number of a reply is compared by its value', () => {
  it.each<[body: string, operator: Comparison, expected: string, holds: boolean]>([
    ['12345678901234567890', '=', '12345678901234567890', true],
    ['12345678901234567891', '=', '12345678901234567890', false],
    ['12345678901234567000', '=', '12345678901234567890', false],
    ['12345678901234567891', '>', '12345678901234567890', true],
    ['12345678901234567890', '>', '12345678901234567890', false],
    ['1e400', '>', '1e399', true],
    ['1.10', '=', '1.1', true],
    ['100', '=', '1e2', true],
    ['0.30000000000000000001', '>', '0.3', true],
    ['"12345678901234567890"', '=', '12345678901234567890', false],
  ])('%s %s %s', (number, operator, expected, holds) => {
    expect(judged(value('$.a[0].id', operator, expected), `{"a":[{"id":${number}}]}`).ok).toBe(holds);
    expect(judged(value('$', operator, `[${expected}]`), `[${number}]`).ok).toBe(operator === '=' && holds);
  });

  it.each<[path: string, body: string, count: number]>([
    ['$.items[?(@.id==9007199254740993)]', '{"items":[{"id":9007199254740992}]}', 0],
    ['$.items[?(@.id==9007199254740993)]', '{"items":[{"id":9007199254740992},{"id":9007199254740993}]}', 1],
    ['$.items[?(@.id==9007199254740992)]', '{"items":[{"id":9007199254740993}]}', 0],
    ['$.items[?(@.id>9007199254740992)]', '{"items":[{"id":9007199254740993},{"id":9007199254740992}]}', 1],
    ['$.items[?(@.id<9007199254740994)]', '{"items":[{"id":9007199254740993},{"id":9007199254740994}]}', 1],
    ['$.items[?(@.id!=@.of)]', '{"items":[{"id":12345678901234567891,"of":12345678901234567890}]}', 1],
    ['$.items[?(@.id==1.10)]', '{"items":[{"id":1.1},{"id":1.10},{"id":1.100000000000000000001}]}', 2],
    ['$.items[?(@.id=="9007199254740993")]', '{"items":[{"id":9007199254740993}]}', 0],
    ['$.items[?(@.id<1e308)]', '{"items":[{"id":1e400},{"id":-1e400},{"id":0.30000000000000000001}]}', 2],
  ])('also in the filter %s of %s', (path, body, count) => {
    const clause: Clause = { kind: 'count', path, operator: '=', value: count };
    expect(judged(clause, body)).toMatchObject({ ok: true });
  });

  it('in a filter, or is an error where doubles are too few', () => {
    const clause: Clause = { kind: 'count', path: '$[?(@>1e399)]', operator: '=', value: 1 };
    expect(judged(clause, '[1e400, 1e398]')).toMatchObject({
      ok: false,
      observed: expect.stringContaining('too close together'),
    });
  });

  it('in a filter by its order to all others', () => {
    const id = fc.tuple(fc.integer({ min: -3, max: 3 }), fc.constantFrom('', '.5', '.25'));
    const near = id.map(([offset, rest]) => `${9007199254740992n + BigInt(offset)}${rest}`);
    let refused = 0;
    fc.assert(
      fc.property(
        fc.array(near, { minLength: 1, maxLength: 6 }),
        near,
        fc.constantFrom('==', '<', '>='),
        (ids, of, op) => {
          const scaled = (text: string) =>
            BigInt(Math.round(Number(`0${/\.\d+/.exec(text)?.[0] ?? ''}`) * 100)) + BigInt(text.split('.')[0]!) * 100n;
          const holds = (text: string) =>
            op === '=='
              ? scaled(text) === scaled(of)
              : op === '<'
                ? scaled(text) < scaled(of)
                : scaled(text) >= scaled(of);
          const clause: Clause = {
            kind: 'count',
            path: `$[?(@${op}${of})]`,
            operator: '=',
            value: ids.filter(holds).length,
          };
          const { ok, observed } = judged(clause, `[${ids.join(',')}]`);
          if (!ok) expect(observed).toContain('too close together');
          refused += ok ? 0 : 1;
        },
      ),
      runs(200),
    );
    expect(refused).toBe(0);
  });

  it('wherever it stands, beside texts that look like numbers', () => {
    const integer = fc.bigInt({ min: 0n, max: 10n ** 30n });
    const key = fc.constantFrom('id', "it's", 'a"b', '\\', "\\'", '\n', '\u0001', '\uE000', 'e\u0301', '0');
    fc.assert(
      fc.property(integer, integer, key, (a, b, name) => {
        const body = `{"text": "${b}", ${JSON.stringify(name)}: [${b}, {"n": ${a}}]}`;
        const path = `$[${JSON.stringify(name)}][1].n`;
        expect(judged(value(path, '=', String(a)), body).ok).toBe(true);
        expect(judged(value(path, '>', String(b)), body).ok).toBe(a > b);
      }),
      runs(100),
    );
  });

  it('in what is observed too, and in a header', () => {
    expect(judged(value('$.id', '=', '1'), '{"id": 12345678901234567890}')).toMatchObject({
      observed: '12345678901234567890',
      expected: '`$.id` = `1`',
    });
    const header = (number: string): Clause => ({ kind: 'header', name: 'X-Id', operator: '>', value: number });
    expect(judged(header('12345678901234567889'), '').ok).toBe(true);
    expect(judged(header('12345678901234567890'), '').ok).toBe(false);
  });
});

describe('a number that a flow captures', () => {
  const flow = (number: number, more: Partial<SmokeTest>): SmokeTest =>
    ({
      number,
      title: `${number}`,
      request: { method: 'GET', path: '/' },
      expect: [],
      captures: {},
      timeoutMs: 1_000,
      source: { line: 1 },
      ...more,
    }) as SmokeTest;

  async function sent(body: string, tests: SmokeTest[]) {
    const requests: (HttpRequest & { url: string })[] = [];
    const results = await runFlows(tests, {
      baseUrl: 'http://a',
      fetch: (url, request) => (requests.push({ ...request, url }), Promise.resolve(reply(body))),
      variables: () => undefined,
      explain: String,
      mask: () => (text) => text,
    });
    return { requests, passed: results.map(({ passed }) => passed) };
  }

  it.each(['12345678901234567890', '1.10', '1e400', '-0', '0.1000000000000000055511151231257827'])(
    'arrives as it was written, in paths, headers, bodies and expectations: %s',
    async (number) => {
      const post = {
        method: 'POST',
        path: '/${id}',
        headers: { 'x-id': '${id}' },
        body: '{"id":${smoke.1.$.a},"all":${smoke.1.$}}',
      };
      const expected: Clause = { kind: 'value', path: '$.a', operator: '=', value: '${id}' };
      const body = `{"a":${number}}`;
      const { requests, passed } = await sent(body, [
        flow(1, { captures: { id: '$.a' } }),
        flow(2, { request: post, expect: [expected] }),
      ]);
      expect(passed).toEqual([true, true]);
      expect(requests[1]).toMatchObject({ url: `http://a/${number}`, headers: { 'x-id': number } });
      expect(requests[1]!.body).toBe(`{"id":${number},"all":${JSON.stringify(body).slice(1, -1)}}`);
    },
  );

  it('holds against no other', async () => {
    const expected: Clause = { kind: 'value', path: '$.b', operator: '=', value: '${id}' };
    const body = '{"a":12345678901234567890,"b":12345678901234567891}';
    const { passed } = await sent(body, [flow(1, { captures: { id: '$.a' } }), flow(2, { expect: [expected] })]);
    expect(passed).toEqual([true, false]);
  });
});

describe('a body that is not UTF-8', () => {
  const latin1 = Buffer.from('{"name":"caf\u00e9","id":1}', 'latin1');

  it.each<Clause>([
    { kind: 'value', path: '$.id', operator: '=', value: 1 },
    { kind: 'count', path: '$.id', operator: '=', value: 1 },
    { kind: 'returns', what: 'json' },
    { kind: 'returns', what: 'data', path: '$.id' },
    { kind: 'body-contains', text: 'name' },
  ])('is nothing to read a value from, with the place of the byte: $kind', (clause) => {
    expect(judged(clause, latin1)).toMatchObject({
      ok: false,
      observed: 'a body that is not UTF-8: byte 13, in line 1, column 13',
    });
  });

  it('does not matter where none is read', () => {
    expect(judgeResponse([{ kind: 'status', status: 200 }], reply(latin1))[0]!.ok).toBe(true);
  });
});
