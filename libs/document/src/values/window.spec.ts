import { describe, expect, it } from 'vitest';
import { isWindow, isWithinWindows, nextOpening } from './window.ts';

describe('a deployment window', () => {
  it.each([
    // 2026-03-02 is a Monday; Berlin is one hour ahead of UTC until 2026-03-29, then two.
    ['Mon-Thu 09:00-16:00 Europe/Berlin', '2026-03-02T07:59:59Z', false],
    ['Mon-Thu 09:00-16:00 Europe/Berlin', '2026-03-02T08:00:00Z', true],
    ['Mon-Thu 09:00-16:00 Europe/Berlin', '2026-03-02T14:59:59Z', true],
    ['Mon-Thu 09:00-16:00 Europe/Berlin', '2026-03-02T15:00:00Z', false],
    ['Mon-Thu 09:00-16:00 Europe/Berlin', '2026-03-06T10:00:00Z', false],
    ['Mon-Thu 09:00-16:00 Europe/Berlin', '2026-03-30T07:00:00Z', true],
    ['Sat,Sun 10:00-12:00 UTC', '2026-03-01T10:30:00Z', true],
    ['Sat,Sun 10:00-12:00 UTC', '2026-03-02T10:30:00Z', false],
    ['Fri-Mon 10:00-24:00 UTC', '2026-03-01T23:59:00Z', true],
    ['Fri-Mon 10:00-24:00 UTC', '2026-03-03T23:59:00Z', false],
    ['Mon 22:00-02:00 UTC', '2026-03-02T23:00:00Z', true],
    ['Mon 22:00-02:00 UTC', '2026-03-03T01:59:00Z', true],
    ['Mon 22:00-02:00 UTC', '2026-03-02T01:59:00Z', false],
  ])('%s at %s: %s', (window, at, open) => {
    expect(isWindow(window)).toBe(true);
    expect(isWithinWindows([window], at)).toBe(open);
  });

  it('is open where any of several is, and always where there is none', () => {
    const windows = ['Mon 09:00-10:00 UTC', 'Tue 09:00-10:00 UTC'];
    expect(isWithinWindows(windows, '2026-03-03T09:30:00Z')).toBe(true);
    expect(isWithinWindows(windows, '2026-03-04T09:30:00Z')).toBe(false);
    expect(isWithinWindows([], '2026-03-04T09:30:00Z')).toBe(true);
  });
});

describe('the next opening', () => {
  it.each([
    ['Mon-Thu 09:00-16:00 Europe/Berlin', '2026-03-02T07:30:20Z', '2026-03-02T08:00:00.000Z'],
    ['Mon-Thu 09:00-16:00 Europe/Berlin', '2026-03-05T15:00:00Z', '2026-03-09T08:00:00.000Z'],
    ['Mon-Thu 09:00-16:00 Europe/Berlin', '2026-03-27T12:00:00Z', '2026-03-30T07:00:00.000Z'],
    ['Mon-Thu 09:00-16:00 Europe/Berlin', '2026-10-24T12:00:00Z', '2026-10-26T08:00:00.000Z'],
    ['Sun 02:30-04:00 Europe/Berlin', '2026-03-28T12:00:00Z', '2026-03-29T01:00:00.000Z'],
    ['Sun 02:30-03:00 Europe/Berlin', '2026-03-28T12:00:00Z', '2026-04-05T00:30:00.000Z'],
    ['Mon 22:00-02:00 UTC', '2026-03-03T02:00:00Z', '2026-03-09T22:00:00.000Z'],
    ['Mon 09:00-09:01 UTC', '2026-03-02T09:01:00Z', '2026-03-09T09:00:00.000Z'],
  ])('of %s after %s is %s', (window, at, opens) => expect(nextOpening([window], at)).toBe(opens));

  it('is that of the first of several, and none where one is open or none is said', () => {
    const windows = ['Mon 09:00-10:00 UTC', 'Tue 09:00-10:00 UTC'];
    expect(nextOpening(windows, '2026-03-02T10:00:00Z')).toBe('2026-03-03T09:00:00.000Z');
    expect(nextOpening(windows, '2026-03-03T09:30:00Z')).toBeNull();
    expect(nextOpening([], '2026-03-03T09:30:00Z')).toBeNull();
  });
});
