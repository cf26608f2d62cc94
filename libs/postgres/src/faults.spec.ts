import { describe, expect, it } from 'vitest';
import { isTransient, retrying, type Fault } from './faults.ts';

const failure = (code: string, message = 'failed') => Object.assign(new Error(message), { code });

describe('a fault', () => {
  it.each([
    '40001',
    '40P01',
    '57P01',
    '57P03',
    '57014',
    '08006',
    '53300',
    '25006',
    'ECONNREFUSED',
    'ECONNRESET',
    'EPIPE',
  ])('%s passes', (code) => {
    expect(isTransient(failure(code))).toBe(true);
  });

  it.each(['23505', '42P01', '28P01', '3D000', '22P02'])('%s stays', (code) => {
    expect(isTransient(failure(code))).toBe(false);
  });

  it('of the connection is known by its message where it has no code', () => {
    expect(isTransient(new Error('Connection terminated unexpectedly'))).toBe(true);
    expect(isTransient(new AggregateError([failure('ECONNREFUSED')]))).toBe(true);
    expect(isTransient('Connection terminated')).toBe(false);
  });
});

describe('retrying', () => {
  const quick = { firstDelayMs: 1, longestDelayMs: 1 };

  it('does the work again until it is done, and reports the 1st, 2nd, 4th ... failure', async () => {
    const faults: Fault[] = [];
    const work = async (failures: number) => {
      if (failures < 7) throw failure('40001');
      return failures;
    };
    expect(await retrying('work', { ...quick, onFault: (fault) => void faults.push(fault) }, work)).toBe(7);
    expect(faults.map(({ failures }) => failures)).toEqual([1, 2, 4]);
  });

  it('throws the last error when the attempts are used up, and at once what does not pass', async () => {
    let calls = 0;
    const failing = (code: string) => async () => {
      calls += 1;
      throw failure(code);
    };
    await expect(retrying('work', { ...quick, attempts: 3 }, failing('40001'))).rejects.toMatchObject({
      code: '40001',
    });
    expect(calls).toBe(3);
    await expect(retrying('work', quick, failing('42P01'))).rejects.toMatchObject({ code: '42P01' });
    expect(calls).toBe(4);
  });

  it('ends a pause when its signal is aborted', async () => {
    const stop = new AbortController();
    const pausing = retrying('work', { firstDelayMs: 600_000, longestDelayMs: 600_000, signal: stop.signal }, () =>
      Promise.reject(failure('40001')),
    );
    stop.abort();
    await expect(pausing).rejects.toThrow('aborted');
  });
});
