import { describe, expect, it } from 'vitest';
import { duration, quantity } from '@backstay/document';
import { measureName } from './measure-name.ts';

describe('numbers for people', () => {
  it.each([
    [0.098, 'ratio', '9.8 %'],
    [0.05, 'ratio', '5 %'],
    [0.07, 'ratio', '7 %'],
    [0.000_42, 'ratio', '0.042 %'],
    [1 / 3, 'ratio', '33.3 %'],
    [0, 'ratio', '0 %'],
    [480, 'ms', '480 ms'],
    [2_000, 'ms', '2 s'],
    [2_413.7, 'ms', '2.41 s'],
    [512 * 1024 ** 2, 'bytes', '512 MiB'],
    [17, 'bytes', '17 B'],
    [0.2, 'per-second', '0.2/s'],
    [1_234.5, 'count', '1235'],
    [-3.25, 'count', '-3.25'],
  ] as const)('%d in %s is %s', (value, unit, text) => {
    expect(quantity(value, unit)).toBe(text);
  });

  it.each([
    [0, '0 ms'],
    [1_500, '1.5 s'],
    [90_000, '90 s'],
    [120_000, '2 min'],
    [7_200_000, '2 h'],
  ])('%d ms is %s', (ms, text) => {
    expect(duration(ms)).toBe(text);
  });

  it.each([
    [{ metric: 'error-rate' }, 'error rate'],
    [{ metric: 'cpu' }, 'CPU'],
    [{ metric: 'response-time', quantile: 0.99 }, 'response time p99'],
    [{ metric: 'response-time', quantile: 0.999 }, 'response time p99.9'],
  ])('names a measure', (measure, text) => {
    expect(measureName(measure)).toBe(text);
  });
});
