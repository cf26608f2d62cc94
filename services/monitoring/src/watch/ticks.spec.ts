import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ticks } from './ticks.ts';

const start = Date.UTC(2026, 0, 5, 9);
const seconds = (time: string) => (Date.parse(time) - start) / 1000;

describe('ticks', () => {
  let end: AbortController;
  beforeEach(() => {
    jest.useFakeTimers({ now: start });
    end = new AbortController();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  const now = () => new Date().toISOString();
  const every = (everyMs: number, from = now()) => ticks({ everyMs, now, from, signal: end.signal });

  /** The next tick, with all the time that it takes to come about. */
  async function next(clock: AsyncGenerator<string>): Promise<number | null> {
    const ticked = clock.next();
    await jest.advanceTimersByTimeAsync(100_000_000);
    const { done, value } = await ticked;
    jest.setSystemTime(done === true ? start : Date.parse(value));
    return done === true ? null : seconds(value);
  }

  it('come on a fixed grid, the first at once', async () => {
    const clock = every(10_000);
    expect([await next(clock), await next(clock), await next(clock)]).toEqual([0, 10, 20]);
  });

  it('skip what a slow reading missed, and shift nothing', async () => {
    const clock = every(10_000);
    await next(clock);
    jest.setSystemTime(start + 34_000);
    expect([await next(clock), await next(clock)]).toEqual([40, 50]);
  });

  it('go on with the grid of an earlier watcher', async () => {
    jest.setSystemTime(start + 47_000);
    const clock = every(10_000, new Date(start).toISOString());
    expect(await next(clock)).toBe(50);
  });

  it('end with the signal, also while one is awaited', async () => {
    const clock = every(10_000);
    await next(clock);
    const awaited = clock.next();
    await jest.advanceTimersByTimeAsync(1_000);
    end.abort();
    expect((await awaited).done).toBe(true);
    expect((await every(10_000).next()).done).toBe(true);
  });
});
