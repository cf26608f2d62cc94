import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { runs, size, tally } from '@backstay/event-sourcing/testing';
import { unitSchema, type Unit } from '../plan/monitoring.ts';
import { duration, figure, quantileName, quantity } from './figures.ts';

/** What the names behind a figure stand for. */
const sizes: Readonly<Record<string, number>> = {
  '%': 0.01,
  ms: 1,
  s: 1_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  B: 1,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  TiB: 1024 ** 4,
  '/s': 1,
  '': 1,
};

/** As a person reads it: digits, and what stands behind them. */
function read(text: string): number {
  const [, number = '', name = '?'] = /^(-?\d+(?:\.\d+)?) ?(\D*)$/.exec(text) ?? [];
  return Number(number) * (sizes[name] ?? Number.NaN);
}

const value = fc.oneof(
  fc.double({ min: -1e15, max: 1e15, noNaN: true }),
  fc.double({ min: 0, max: 2_000, noNaN: true }),
  fc.integer({ min: 0, max: 100_000 }).map((number) => number / 10),
  // What arithmetic makes of whole numbers.
  fc.tuple(fc.integer({ min: 1, max: 5_000 }), fc.constantFrom(-1e-13, 1e-13)).map(([number, error]) => number + error),
);

describe('a figure for people', () => {
  const tried = tally();
  afterAll(() => tried.report('figures written and read again: each within its rounding'));

  it.each([
    [489.999_999_999_999_9, '490'],
    [99.6, '99.6'],
    [99.96, '100'],
    [999.6, '1000'],
    [1_000.2, '1000'],
    [1_234.5, '1235'],
    [100, '100'],
    [0, '0'],
    [-0, '0'],
    [-3.25, '-3.25'],
    [0.000_000_012_34, '0.0000000123'],
    [1e-10, '0'],
    [1e21, '1000000000000000000000'],
    [Number.NaN, 'NaN'],
  ])('%d is %s', (number, text) => {
    expect(figure(number)).toBe(text);
  });

  it('is read as the value that it was written for, within its three digits', () => {
    fc.assert(
      fc.property(value, fc.constantFrom(...unitSchema.options), (number, unit: Unit) => {
        tried.add();
        const text = quantity(number, unit);
        const rounding = Math.abs(number) * 0.005 + 1e-9;
        expect({ text, off: Math.abs(read(text) - number) <= rounding }).toEqual({ text, off: true });
      }),
      runs(size(20_000, 2_000)),
    );
  });

  it('grows with the value', () => {
    fc.assert(
      fc.property(value, value, fc.constantFrom(...unitSchema.options), (one, other, unit: Unit) => {
        const [less, more] = one <= other ? [one, other] : [other, one];
        const slack = 1e-9 * Math.max(Math.abs(less), Math.abs(more));
        // Units change with the value, and each rounds by itself.
        if (more - less > Math.max(Math.abs(less), Math.abs(more)) * 0.01)
          expect(read(quantity(less, unit))).toBeLessThanOrEqual(read(quantity(more, unit)) + slack);
      }),
      runs(2_000),
    );
  });
});

describe('the name of a quantile', () => {
  it.each([
    [0.5, 'p50'],
    [0.95, 'p95'],
    [0.999, 'p99.9'],
    [0.9995, 'p99.95'],
    [0.99_999, 'p99.999'],
  ])('of %d is %s', (quantile, name) => {
    expect(quantileName(quantile)).toBe(name);
  });
});

it('a duration is written in the largest unit that fits it', () => {
  expect([0, 1_500, 90_000, 120_000, 7_200_000, 172_800_000].map(duration)).toEqual([
    '0 ms',
    '1.5 s',
    '90 s',
    '2 min',
    '2 h',
    '2 d',
  ]);
});
