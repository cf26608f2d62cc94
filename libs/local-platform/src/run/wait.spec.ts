import { describe, expect, it } from 'vitest';
import { until } from './wait.ts';

describe('waiting', () => {
  it('returns what the first successful try returns', async () => {
    let tries = 0;
    const third = async () => {
      if (++tries < 3) throw new Error('not yet');
      return tries;
    };
    expect(await until(third, { within: 5_000 })).toBe(3);
  });

  it('ends with the last error when the time is over', async () => {
    await expect(until(() => Promise.reject(new Error('never')), { within: 0 })).rejects.toThrow('never');
  });

  it('ends at once when there is no hope', async () => {
    const hopeless = () => new Error('it has ended');
    await expect(until(() => Promise.reject(new Error('not yet')), { within: 60_000, hopeless })).rejects.toThrow(
      'it has ended',
    );
  });

  it('ends when it is aborted', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(until(async () => 1, { within: 60_000, signal })).rejects.toThrow('enough');
  });
});
