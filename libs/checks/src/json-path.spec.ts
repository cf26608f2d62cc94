import { describe, expect, it } from 'vitest';
import { judgeResponse } from './judge.ts';
import { EndlessJsonPath, select } from './json-path.ts';

const reply = (body: string) => ({ status: 200, statusText: 'OK', headers: {}, latencyMs: 1, body });

const json = (document: unknown) => ({ plain: document, written: document });

/** Each descendant segment visits all that stands below each of what the one before it selected. */
const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);

describe('a path over a reply', () => {
  it.each([
    ['descendants of descendants', '$..*..*..*..*..*..*..*', nested(90)],
    ['an expression that goes back', '$[?match(@, "(a+)+b")]', [`${'a'.repeat(60)}c`]],
    ['one that is looked for', '$[?search(@, "(a*)*b$")]', [`${'a'.repeat(60)}c`]],
  ])('that does not come to its end is an error, and no pass: %s', (_what, path, document) => {
    expect(() => select(json(document), path)).toThrow(EndlessJsonPath);
    const [, judged] = judgeResponse(
      [{ kind: 'value', path, operator: '=', value: 1 }],
      reply(JSON.stringify(document)),
    );
    expect(judged).toMatchObject({ ok: false, observed: expect.stringContaining('write a narrower path') });
  });

  it('that comes to its end selects what it did', () => {
    expect(select(json({ a: [{ id: 1 }, { id: 2 }] }), '$..id')).toEqual([1, 2]);
    expect(select(json(['ab', 'b']), '$[?match(@, "a.")]')).toEqual(['ab']);
  });

  it.each([1, 10, 100])('is not asked of one that is nested too deeply: %i times', (factor) => {
    const body = '['.repeat(101 * factor) + ']'.repeat(101 * factor);
    const [, judged] = judgeResponse([{ kind: 'returns', what: 'json', path: '$..a' }], reply(body));
    expect(judged).toMatchObject({ ok: false });
  });
});
