import { describe, expect, it } from 'vitest';
import type { Clause } from '@backstay/document';
import { withValues } from './expectations.ts';
import { failingTexts, judgeCommand, judgeResponse } from './judge.ts';

const lookup = (name: string) => ({ VERSION: '2.4.0' })[name];
const response = {
  status: 200,
  statusText: 'OK',
  headers: { etag: '2.4.0' },
  body: '{"version":"2.4.0"}',
  latencyMs: 1,
};

const expected: Clause[] = [
  { kind: 'value', path: '$.version', operator: '=', value: '${VERSION}' },
  { kind: 'header', name: 'etag', operator: '=', value: '${VERSION}' },
  { kind: 'body-contains', text: '"${VERSION}"' },
];

describe('what is expected', () => {
  it('is compared with the values of its names', () => {
    expect(failingTexts(judgeResponse(withValues(expected, lookup), response))).toEqual([]);
    const printed: Clause[] = [{ kind: 'output-contains', text: 'built ${VERSION}' }];
    const outcome = { exitCode: 0, output: 'built 2.4.0\n', durationMs: 1 };
    expect(failingTexts(judgeCommand(withValues(printed, lookup), outcome))).toEqual([]);
  });

  it('does not hold with a name that has no value', () => {
    expect(
      failingTexts(
        judgeResponse(
          withValues(expected, () => undefined),
          response,
        ),
      ),
    ).toHaveLength(3);
  });

  it('is otherwise what the document says', () => {
    const others: Clause[] = [
      { kind: 'status', status: 200 },
      { kind: 'value', path: '$.n', operator: '>', value: 3 },
      { kind: 'count', path: '$.n[*]', operator: '>', value: 3 },
    ];
    expect(withValues(others, lookup)).toEqual(others);
  });
});
