import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '@backstay/event-sourcing/testing';
import { compareDecimals, isDecimal, isHeldByDouble } from './decimals.ts';

describe('numbers are compared by their value', () => {
  it.each([
    ['12345678901234567890', '12345678901234567891', -1],
    ['12345678901234567890', '12345678901234567000', 1],
    ['-12345678901234567890', '-12345678901234567891', 1],
    ['1.10', '1.1', 0],
    ['1e3', '1000', 0],
    ['0.001', '1E-3', 0],
    ['-0', '0.0', 0],
    ['0e5', '0', 0],
    ['1e400', '1e399', 1],
    ['1e-400', '0', 1],
    ['-1', '1e-400', -1],
    ['0.1', '0.1000000000000000055511151231257827', -1],
    ['9', '10', -1],
  ])('%s and %s', (first, second, order) => {
    expect(Math.sign(compareDecimals(first, second))).toBe(order);
    expect(Math.sign(compareDecimals(second, first))).toBe(0 - order);
  });

  it('as whole numbers of any length are', () => {
    const integer = fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n });
    fc.assert(
      fc.property(integer, integer, fc.nat({ max: 20 }), (a, b, zeros) => {
        const written = `${a === 0n ? '' : a}${'0'.repeat(zeros)}` || '0';
        const shifted = a === 0n ? '0' : `${a}e${zeros}`;
        expect(compareDecimals(a === 0n ? '0' : written, shifted)).toBe(0);
        expect(Math.sign(compareDecimals(String(a), String(b)))).toBe(a < b ? -1 : Number(a > b));
      }),
      runs(200),
    );
  });

  it('as doubles are, where doubles hold them', () => {
    const double = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(double, double, (a, b) => {
        expect(isHeldByDouble(String(a))).toBe(true);
        expect(Math.sign(compareDecimals(String(a), String(b)))).toBe(a < b ? -1 : Number(a > b));
      }),
      runs(200),
    );
  });
});

it.each(['12345678901234567890', '1e400', '1e-400', '0.12345678901234567890', '9007199254740993'])(
  'no double holds %s',
  (text) => expect(isHeldByDouble(text)).toBe(false),
);

it.each(['01', '1.', '.5', '+1', '1e', '0x1F', 'NaN', 'Infinity', '', ' 1', '1e9999999999'])(
  '%j is no number',
  (text) => expect(isDecimal(text)).toBe(false),
);
