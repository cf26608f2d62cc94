import { afterEach, describe, expect, it, vi } from 'vitest';
import { Visibility } from './visibility.ts';

const compare = (one: string, other: string) => Number(one) - Number(other);
const stored = (...checkpoints: (string | null)[]) =>
  new Visibility({ compare, checkpoints: () => Promise.resolve(checkpoints) });
const aWhile = 60_000;

afterEach(() => {
  vi.useRealTimers();
});

describe('what the read models show', () => {
  it('is what they have passed, where this process keeps them', async () => {
    const visibility = stored();
    visibility.keepHere();
    visibility.passed('7');
    expect(await visibility.shows('7', 0)).toBe(true);
    expect(await visibility.shows('8', 0)).toBe(false);
  });

  it('is waited for', async () => {
    const visibility = stored();
    visibility.keepHere();
    const shows = visibility.shows('8', aWhile);
    visibility.passed('7');
    visibility.passed('9');
    expect(await shows).toBe(true);
  });

  it('is as far as the hindmost of their checkpoints, where another process keeps them', async () => {
    expect(await stored('7', '8').shows('7', 0)).toBe(true);
    expect(await stored('7', '8').shows('8', 0)).toBe(false);
    expect(await stored('7', null).shows('1', 0)).toBe(false);
  });

  it('is looked for in the store until it is there', async () => {
    let looks = 0;
    const visibility = new Visibility({ compare, checkpoints: () => Promise.resolve([String((looks += 1))]) });
    expect(await visibility.shows('3', aWhile)).toBe(true);
    expect(looks).toBe(3);
  });

  it('is looked for in the store more and more rarely', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'], now: 0 });
    const start = performance.now();
    const looks: number[] = [];
    const checkpoints = () => {
      looks.push(performance.now() - start);
      return Promise.resolve(['0']);
    };
    const shows = new Visibility({ compare, checkpoints }).shows('1', 600);
    await vi.advanceTimersByTimeAsync(600);
    expect(await shows).toBe(false);
    expect(looks).toEqual([0, 20, 60, 140, 300, 500, 600]);
  });

  it('is looked for in the store from the moment at which this process keeps them no longer', async () => {
    const visibility = stored('8');
    const leave = visibility.keepHere();
    const shows = visibility.shows('8', aWhile);
    leave();
    expect(await shows).toBe(true);
  });

  it('is nothing at first, where this process begins to keep them again', async () => {
    const visibility = stored('8');
    visibility.keepHere()();
    visibility.keepHere();
    expect(await visibility.shows('1', 0)).toBe(false);
  });
});

describe('the reply to a command', () => {
  it('says whether queries show its last event', async () => {
    const visibility = stored('2');
    expect(await visibility.headerFor([{ cursor: '1' }, { cursor: '2' }])).toEqual({ 'backstay-visible': 'true' });
  });
});
