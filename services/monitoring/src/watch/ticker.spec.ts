import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Ticker } from './ticker.ts';

const start = Date.UTC(2026, 0, 5, 9);
const seconds = (time: string) => (Date.parse(time) - start) / 1000;

describe('the ticker', () => {
  let end: AbortController;
  beforeEach(() => {
    vi.useFakeTimers({ now: start });
    end = new AbortController();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const now = () => new Date().toISOString();
  const every = (everyMs: number, from = now(), ticker = new Ticker(now)) =>
    ticker.ticks({ everyMs, from, signal: end.signal });

  /** The next tick, with all the time that it takes to come about. */
  async function next(clock: AsyncGenerator<string>): Promise<number | null> {
    const ticked = clock.next();
    await vi.advanceTimersByTimeAsync(100_000_000);
    const { done, value } = await ticked;
    vi.setSystemTime(done === true ? start : Date.parse(value));
    return done === true ? null : seconds(value);
  }

  it('come on a fixed grid, the first at once', async () => {
    const clock = every(10_000);
    expect([await next(clock), await next(clock), await next(clock)]).toEqual([0, 10, 20]);
  });

  it('skip what a slow reading missed, and shift nothing', async () => {
    const clock = every(10_000);
    await next(clock);
    vi.setSystemTime(start + 34_000);
    expect([await next(clock), await next(clock)]).toEqual([40, 50]);
  });

  it('go on with the grid of an earlier watcher', async () => {
    vi.setSystemTime(start + 47_000);
    const clock = every(10_000, new Date(start).toISOString());
    expect(await next(clock)).toBe(50);
  });

  it('end with the signal, also while one is awaited', async () => {
    const clock = every(10_000);
    await next(clock);
    const awaited = clock.next();
    await vi.advanceTimersByTimeAsync(1_000);
    end.abort();
    expect((await awaited).done).toBe(true);
    expect((await every(10_000).next()).done).toBe(true);
  });

  it('has one timer for all watches, and lets so many readings be under way at once', async () => {
    const ticker = new Ticker(now, 3);
    const late: number[] = [];
    let underWay = 0;
    let most = 0;
    const watches = Array.from({ length: 50 }, async () => {
      for await (const time of every(1_000, now(), ticker)) {
        most = Math.max(most, (underWay += 1));
        late.push(Date.parse(time) % 1_000);
        await new Promise((resolve) => setTimeout(resolve, 10));
        underWay -= 1;
      }
    });
    expect(vi.getTimerCount()).toBeLessThanOrEqual(1);
    await vi.advanceTimersByTimeAsync(5_500);
    expect(most).toBe(3);
    expect(late).toHaveLength(50 * 6);
    // 50 readings of 10 ms, three at a time.
    expect(Math.max(...late)).toBeLessThan(200);
    end.abort();
    await vi.advanceTimersByTimeAsync(100);
    await Promise.all(watches);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('gives the turn of a watch that ended while it waited to the next', async () => {
    const ticker = new Ticker(now, 1);
    const busy = every(1_000, now(), ticker);
    const first = busy.next();
    await vi.advanceTimersByTimeAsync(1);
    await first;
    const leaving = new AbortController();
    const gone = ticker.ticks({ everyMs: 1_000, from: now(), signal: leaving.signal }).next();
    const waiting = every(1_000, now(), ticker).next();
    await vi.advanceTimersByTimeAsync(10);
    leaving.abort();
    expect((await gone).done).toBe(true);
    await busy.return(undefined);
    expect((await waiting).done).toBe(false);
  });
});
