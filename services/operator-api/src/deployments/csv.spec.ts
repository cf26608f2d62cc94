import { describe, expect, it } from 'vitest';
import { csv } from './csv.ts';

const cellOf = (value: string | number | null): string => csv(['x'], [[value]]).slice('x\r\n'.length, -'\r\n'.length);

describe('a table as CSV', () => {
  it('has a header and one line a row', () => {
    expect(
      csv(
        ['a', 'b'],
        [
          ['1', 2],
          [null, 'x'],
        ],
      ),
    ).toBe('a,b\r\n1,2\r\n,x\r\n');
  });

  it.each([
    ['plain', 'plain'],
    ['with, comma', '"with, comma"'],
    ['say "hi"', '"say ""hi"""'],
    ['two\nlines', '"two\nlines"'],
    [-5, '-5'],
  ])('writes %j as %j', (value, expected) => {
    expect(cellOf(value)).toBe(expected);
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '  =cmd'])(
    'keeps a spreadsheet from computing %j',
    (value) => {
      expect(cellOf(value).replace(/^"/, '')).toMatch(/^'/);
    },
  );
});
