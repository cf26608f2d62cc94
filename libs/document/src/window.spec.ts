import { describe, expect, it } from '@jest/globals';
import { isWindow, isWithinWindows } from './window.ts';

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
