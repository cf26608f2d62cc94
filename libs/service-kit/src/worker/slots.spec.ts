import { describe, expect, it } from 'vitest';
import { Slots } from './slots.ts';

describe('slots', () => {
  it('are given up to the limit, then to who waits, in the order of asking', () => {
    const slots = new Slots(2);
    const called: string[] = [];
    const ask = (key: string) => slots.take(key, () => called.push(key));
    const [a, b] = [ask('a'), ask('b')];
    expect([a, b].every(Boolean)).toBe(true);
    expect([ask('c'), ask('d'), ask('c')]).toEqual([null, null, null]);
    a?.release();
    a?.release();
    expect(called).toEqual(['c']);
    expect(ask('e')).toBeNull();
    expect(ask('c')).not.toBeNull();
    b?.release();
    expect(called).toEqual(['c', 'd']);
  });

  it('are kept for who was called, and passed on when that one gives up', () => {
    const slots = new Slots(1);
    const called: string[] = [];
    const first = slots.take('a', () => called.push('a'));
    slots.take('b', () => called.push('b'));
    slots.take('c', () => called.push('c'));
    first?.release();
    expect(slots.take('d', () => called.push('d'))).toBeNull();
    slots.giveUp('b');
    expect(called).toEqual(['b', 'c']);
    slots.take('c', () => called.push('c'))?.release();
    expect(called).toEqual(['b', 'c', 'd']);
    slots.giveUp('d');
    expect(slots.take('e', () => called.push('e'))).not.toBeNull();
  });

  it('are not waited for by who gave up waiting', () => {
    const slots = new Slots(1);
    const called: string[] = [];
    const first = slots.take('a', () => called.push('a'));
    slots.take('b', () => called.push('b'));
    slots.giveUp('b');
    first?.release();
    expect(called).toEqual([]);
  });
});
