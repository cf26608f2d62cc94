import { describe, expect, it } from 'vitest';
import type { Clause } from '@backstay/document';
import { failingTexts, judgeCommand, judgeResponse } from './judge.ts';

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const jwt = `${encode({ alg: 'RS256' })}.${encode({ sub: '7' })}.c2lnbmF0dXJl`;
const response = (body: unknown, rest = {}) => ({
  status: 200,
  statusText: 'OK',
  headers: { 'x-count': '12', etag: '"v1"' },
  latencyMs: 40,
  body: typeof body === 'string' ? body : JSON.stringify(body),
  ...rest,
});
const holds = (clause: Clause, body: unknown, rest = {}) =>
  judgeResponse([{ kind: 'status', status: 200 }, clause], response(body, rest))[1]!;

describe('judgeResponse', () => {
  it('judges status and latency', () => {
    const clauses: Clause[] = [
      { kind: 'status', status: 201, reason: 'Created' },
      { kind: 'within', ms: 30 },
    ];
    expect(judgeResponse(clauses, response(''))).toEqual([
      { clause: clauses[0], ok: false, observed: '200 OK', expected: '201 Created' },
      { clause: clauses[1], ok: false, observed: '40 ms', expected: 'within 30 ms' },
    ]);
  });

  it('demands success where no clause speaks of the status', () => {
    const clauses: Clause[] = [{ kind: 'body-contains', text: 'oops' }];
    expect(failingTexts(judgeResponse(clauses, response('oops', { status: 500, statusText: '' })))).toEqual([
      'expected status 200 to 299, observed 500',
    ]);
    expect(failingTexts(judgeResponse([], response('', { status: 204 })))).toEqual([]);
  });

  it.each<[string, unknown, string | undefined, boolean]>([
    ['a top-level field', { user: 'a', token: jwt }, undefined, true],
    ['the body itself', jwt, undefined, true],
    ['a JSON string', JSON.stringify(jwt), undefined, true],
    ['a path', { data: { token: jwt } }, '$.data.token', true],
    ['a deeper field without a path', { data: { token: jwt } }, undefined, false],
    ['two parts', { token: jwt.split('.').slice(0, 2).join('.') }, undefined, false],
    ['a header without alg', { token: `${encode({ typ: 'JWT' })}.e30.sig` }, '$.token', false],
    ['three parts that are no JSON', { token: 'www.example.org' }, '$.token', false],
    ['a body that is no JSON', '<html>', '$.token', false],
  ])('looks for a JWT in %s', (_where, body, path, ok) => {
    const judged = holds({ kind: 'returns', what: 'jwt', ...(path ? { path } : {}) }, body);
    expect(judged.ok).toBe(ok);
    expect(judged.observed).not.toContain(jwt);
  });

  it.each<['json' | 'data', unknown, string | undefined, boolean]>([
    ['json', '{', undefined, false],
    ['json', 'null', undefined, true],
    ['json', { a: null }, '$.a', true],
    ['json', { a: null }, '$.b', false],
    ['data', ' \n', undefined, false],
    ['data', 'text', undefined, true],
    ['data', { items: [] }, '$.items', false],
    ['data', { items: [0] }, '$.items', true],
    ['data', { items: null }, '$.items', false],
  ])('returns %s of %j at %s: %s', (what, body, path, ok) => {
    expect(holds({ kind: 'returns', what, ...(path ? { path } : {}) }, body).ok).toBe(ok);
  });

  it.each<[string, '=' | '>' | '<=', string | number, unknown, boolean]>([
    ['$.a', '=', 'x', { a: 'x' }, true],
    ['$.a', '=', '1', { a: 1 }, false],
    ['$.a', '>', 1, { a: 2 }, true],
    ['$.a', '>', 1, { a: '2' }, false],
    ['$.a', '>', 1, { a: null }, false],
    ['$.d', '<=', '2026-01-01', { d: '2025-12-31' }, true],
    ['$.items[*].ok', '=', 'yes', { items: [{ ok: 'yes' }, { ok: 'no' }] }, false],
    ['$.items[*].ok', '=', 'yes', { items: [] }, false],
    ['$.[', '=', 'x', { a: 'x' }, false],
  ])('value %s %s %j in %j: %s', (path, operator, value, body, ok) => {
    expect(holds({ kind: 'value', path, operator, value }, body).ok).toBe(ok);
  });

  it.each<[string, unknown, string]>([
    ['$.items[*]', { items: [1, 2] }, '2'],
    ['$.items', { items: [] }, '0'],
    ['$.items', { items: [1, 2, 3] }, '3'],
    ["$['a:b']", { 'a:b': [1] }, '1'],
    ['$.items[*]', { items: [[1, 2, 3]] }, '1'],
    ['$.none', {}, '0'],
  ])('counts %s', (path, body, observed) => {
    expect(holds({ kind: 'count', path, operator: '>', value: 0 }, body)).toMatchObject({
      observed,
      ok: observed !== '0',
    });
  });

  it('compares headers, as numbers where both are', () => {
    expect(holds({ kind: 'header', name: 'X-Count', operator: '>', value: '9' }, '').ok).toBe(true);
    expect(holds({ kind: 'header', name: 'ETag', operator: '=', value: '"v1"' }, '').ok).toBe(true);
    expect(holds({ kind: 'header', name: 'X-None', operator: '=', value: '' }, '')).toMatchObject({
      ok: false,
      observed: 'no such header',
    });
  });

  it('does not take a clause about commands for one that holds', () => {
    expect(holds({ kind: 'exit', code: 0 }, '').ok).toBe(false);
  });
});

describe('judgeCommand', () => {
  const outcome = { exitCode: 0, output: 'migrated 3 tables', durationMs: 1200 };

  it('judges exit code, output and duration', () => {
    const clauses: Clause[] = [
      { kind: 'exit', code: 2 },
      { kind: 'output-contains', text: '3 tables' },
      { kind: 'within', ms: 1000 },
    ];
    expect(judgeCommand(clauses, outcome).map(({ ok }) => ok)).toEqual([false, true, false]);
  });

  it('demands exit 0 where no clause speaks of it', () => {
    expect(failingTexts(judgeCommand([], { ...outcome, exitCode: 1 }))).toEqual(['expected exit 0, observed exit 1']);
    expect(failingTexts(judgeCommand([], { ...outcome, exitCode: null }))).toEqual([
      'expected exit 0, observed no exit code',
    ]);
    expect(failingTexts(judgeCommand([], outcome))).toEqual([]);
  });
});
