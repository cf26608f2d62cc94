import { describe, expect, it } from 'vitest';
import { exitCodeOfHttp, exitCodeOfStatus } from './exit-codes.ts';

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

describe('the exit code of a refused request', () => {
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
