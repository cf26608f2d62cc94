import { describe, expect, it } from 'vitest';
import { ago, duration, sparkline, table } from './format.ts';
import { harmless } from './harmless.ts';

describe('durations', () => {
  it.each([
    [0, '0ms'],
    [143, '143ms'],
    [5_000, '5s'],
    [2_190, '2.1s'],
    [59_999, '59s'],
    [192_000, '3m12s'],
    [3_840_000, '1h04m'],
    [-5, '0ms'],
  ])('%i ms reads %s', (ms, text) => {
    expect(duration(ms)).toBe(text);
  });

  it('report how long ago something was', () => {
    expect(ago('2026-03-01T12:00:00Z', Date.parse('2026-03-01T12:05:00Z'))).toBe('5m00s ago');
  });
});

describe('a sparkline', () => {
  it('has a bar for each value and a gap where there was none', () => {
    expect(sparkline([0, 0.5, null, 1, 2], 1)).toBe('▁▅ ██');
  });
});

describe('a table', () => {
  it('aligns by what is seen, not by colour codes', () => {
    expect(
      table([
        ['\u001b[31ma\u001b[39m', 'b'],
        ['cc', 'd'],
      ]),
    ).toEqual(['\u001b[31ma\u001b[39m   b', 'cc  d']);
  });

  it('aligns by the columns that a character takes', () => {
    expect(
      table([
        ['決済', 'b'],
        ['abc', 'd'],
      ]),
    ).toEqual(['決済  b', 'abc   d']);
  });
});

describe('text from elsewhere', () => {
  it('cannot move the cursor, rename the window or hide lines', () => {
    expect(harmless('a\u001b[2Jb\u001b]0;title\u0007c\rd\u009b1Ae')).toBe('a[2Jb]0;titlecd1Ae');
  });

  it('keeps colours and line feeds', () => {
    expect(harmless('\u001b[31mred\u001b[39m\nnext')).toBe('\u001b[31mred\u001b[39m\nnext');
  });
});
