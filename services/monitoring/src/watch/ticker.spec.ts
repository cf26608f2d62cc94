import { beforeEach, describe, expect, it } from 'vitest';
import { Random, VirtualTime } from '@backstay/service-kit/testing';
import { Ticker } from './ticker.ts';

const start = Date.UTC(2026, 0, 5, 9);
const seconds = (time: string) => (Date.parse(time) - start) / 1000;
const hourMs = 3_600_000;

describe('the ticker', () => {
  let end: AbortController;
  let time: VirtualTime;
  let timers: number;
  /** By so much the time of day was set. */
  let setByMs: number;
  beforeEach(() => {
    time = new VirtualTime(new Random(1), start);
    end = new AbortController();
    timers = 0;
    setByMs = 0;
  });

  const now = () => new Date(time.ms + setByMs).toISOString();
  const clock = {
    now,
    elapsedMs: () => time.elapsedMs() - start,
    after: (milliseconds: number, callback: () => void) => {
      const changeTimers = (by: number) => void (timers += by);
      changeTimers(1);
      let isOpen = true;
      const close = () => {
        if (isOpen) changeTimers(-1);
        isOpen = false;
      };
      const cancel = time.after(milliseconds, () => {
        close();
        callback();
      });
      return () => {
        close();
        cancel();
      };
    },
  };
  const every = (everyMs: number, from = now(), ticker = new Ticker(clock)) =>
    ticker.ticks({ everyMs, from, signal: end.signal });

  /** The next tick, with all the time that it takes to come about. */
  async function next(ticks: AsyncGenerator<string>): Promise<number | null> {
    const ticked: IteratorResult<string>[] = [];
    const awaited = ticks.next().then((result) => ticked.push(result));
    await time.until(
      () => ticked.length > 0,
      24 * hourMs,
      () => 'there is no further tick',
    );
    await awaited;
    return ticked[0]?.done === false ? seconds(ticked[0].value) : null;
  }

  it('come on a fixed grid, the first at once', async () => {
    const ticks = every(10_000);
    expect([await next(ticks), await next(ticks), await next(ticks)]).toEqual([0, 10, 20]);
  });

  it('skip what a slow reading missed, and shift nothing', async () => {
    const ticks = every(10_000);
    await next(ticks);
    await time.pass(34_000);
    expect([await next(ticks), await next(ticks)]).toEqual([40, 50]);
  });

  it('go on with the grid of an earlier watcher', async () => {
    await time.pass(47_000);
    const ticks = every(10_000, new Date(start).toISOString());
    expect(await next(ticks)).toBe(50);
  });

  it.each([-1, 1])('stay as far apart as they are when the time of day is set by an hour: %i', async (direction) => {
    const ticks = every(10_000);
    expect([await next(ticks), await next(ticks)]).toEqual([0, 10]);
    setByMs = direction * hourMs;
    const before = time.ms;
    expect([await next(ticks), await next(ticks)]).toEqual([20, 30]);
    expect(time.ms - before).toBe(20_000);
  });

  it('begin at once where the time of day was set back since the watch began', async () => {
    const ticks = every(10_000, new Date(start + hourMs).toISOString());
    expect([await next(ticks), await next(ticks)]).toEqual([3_600, 3_610]);
    expect(time.ms - start).toBe(10_000);
  });

  it('end with the signal, also while one is awaited', async () => {
    const ticks = every(10_000);
    await next(ticks);
    const awaited = ticks.next();
    await time.pass(1_000);
    end.abort();
    expect((await awaited).done).toBe(true);
    expect((await every(10_000).next()).done).toBe(true);
  });

  it('has one timer for all watches, and lets so many readings be under way at once', async () => {
    const ticker = new Ticker(clock, 3);
    const late: number[] = [];
    let underWay = 0;
    let most = 0;
    const watches = Array.from({ length: 50 }, async () => {
      for await (const tick of every(1_000, now(), ticker)) {
        most = Math.max(most, (underWay += 1));
        late.push(Date.parse(tick) % 1_000);
        await new Promise<void>((resolve) => time.after(10, resolve));
        underWay -= 1;
      }
    });
    expect(timers).toBeLessThanOrEqual(1);
    await time.pass(5_500);
    expect(most).toBe(3);
    expect(late).toHaveLength(50 * 6);
    // 50 readings of 10 ms, three at a time.
    expect(Math.max(...late)).toBeLessThan(200);
    end.abort();
    await time.pass(100);
    await Promise.all(watches);
    expect(timers).toBe(0);
  });

  it('reads the next watch where one ended while it waited', async () => {
    const ticker = new Ticker(clock, 1);
    const busy = every(1_000, now(), ticker);
    const first = busy.next();
    await time.pass(1);
    await first;
    const leaving = new AbortController();
    const gone = ticker.ticks({ everyMs: 1_000, from: now(), signal: leaving.signal }).next();
    const waiting = every(1_000, now(), ticker).next();
    await time.pass(10);
    leaving.abort();
    expect((await gone).done).toBe(true);
    await busy.return(undefined);
    expect((await waiting).done).toBe(false);
  });
});
