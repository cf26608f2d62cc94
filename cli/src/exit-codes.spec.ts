import { describe, expect, it } from 'vitest';
import { exitCodeHelp, exitCodeOfHttp, exitCodeOfStatus, exitCodes } from './exit-codes.ts';

describe('the exit code of a deployment', () => {
  it.each([
    ['succeeded', 0],
    ['failed', 1],
    ['cancelled', 1],
    ['superseded', 1],
    ['abandoned', 1],
    ['rolled-back-verified', 3],
    ['rolled-back-unverified', 4],
    ['rollback-failed', 4],
    ['halted', 4],
    ['rejected', 6],
  ])('that is %s is %i', (status, code) => {
    expect(exitCodeOfStatus(status)).toBe(code);
  });

  it.each(['planning', 'held', 'executing', 'verifying', 'monitoring', 'rolling-back'])(
    'is not known while it is %s',
    (status) => {
      expect(exitCodeOfStatus(status)).toBeNull();
    },
  );
});

describe('the exit codes', () => {
  const documented = [
    [0, 'done or accepted'],
    [1, 'failed, cancelled, superseded, abandoned, audit not intact'],
    [2, 'usage'],
    [3, 'rolled back, verified'],
    [4, 'rolled back but not verified, rollback failed, or halted'],
    [5, 'the document has problems'],
    [6, 'rejected or denied'],
    [7, 'watch timed out'],
    [8, 'platform not reachable'],
    [9, 'no such deployment'],
    [10, 'too slow for the demo'],
  ] as const;

  it('are those that scripts rely on, and no others', () => {
    expect(Object.values(exitCodes)).toEqual(documented.map(([code]) => code));
  });

  it.each(documented)('have %i in the help: %s', (code, meaning) => {
    const line = exitCodeHelp.split('\n').find((each) => each.trimStart().startsWith(`${code} `));
    expect(line).toContain(meaning);
  });
});

describe('the exit code of a refused request', () => {
  it.each([
    [404, 'not-requested', 9],
    [404, 'other', 2],
    [409, 'not-requested', 6],
  ])('with %i and the code %s is %i', (status, code, expected) => {
    expect(exitCodeOfHttp(status, '/docs#not-found', code)).toBe(expected);
  });

  it.each([
    [422, '/docs#invalid-document', 5],
    [422, '/docs#invalid-request', 2],
    [422, '/docs#key-reused', 6],
    [400, '/docs#malformed', 2],
    [404, '/docs#not-found', 2],
    [401, '/docs#unauthenticated', 6],
    [403, '/docs#forbidden', 6],
    [409, '/docs#conflict', 6],
    [412, undefined, 6],
    [428, undefined, 6],
    [429, undefined, 6],
    [500, '/docs#fault', 1],
    [502, undefined, 8],
    [503, '/docs#unavailable', 8],
    [504, undefined, 8],
  ])('with %i (%s) is %i', (status, type, code) => {
    expect(exitCodeOfHttp(status, type)).toBe(code);
  });
});
