import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '@backstay/event-sourcing/testing';
import { anyCharacter } from '../testing/fixtures.test-support.ts';
import { readAssigned, writeAssigned } from './assignments.ts';

const valueOf = (text: string) => {
  const read = readAssigned(text, 0);
  return read.ok ? read.value : read.message;
};

describe('what stands behind KEY=', () => {
  it.each([
    ['info # how much', 'info'],
    ['"a b" # c', 'a b'],
    ["'a b'\t# c", 'a b'],
    ['"a # b"', 'a # b'],
    ['#fff', '#fff'],
    ['a#b', 'a#b'],
    [' # nothing', ''],
    ["a # don't", 'a'],
    ['', ''],
    ['  two words ', 'two words'],
    ['{"json": "text"}', '{"json": "text"}'],
    ['"a\\nb \\"c\\" \\\\ d"', 'a\nb "c" \\ d'],
    ['\'a\\nb "c"\'', 'a\\nb "c"'],
    ['\u00A0a\u00A0', '\u00A0a\u00A0'],
    ['"first\nsecond" # c', 'first\nsecond'],
    ['"QUJD\nREVGRw=="', 'QUJD\nREVGRw=='],
  ])('in %j is %j', (text, value) => {
    expect(valueOf(text)).toBe(value);
  });

  it.each([
    ['"open', /no quote ends the value/],
    ["'open", /no quote ends the value/],
    ['"x" y', /behind the closing quote/],
    ['"x"#c', /behind the closing quote/],
    ['"C:\\data"', /no escape begins/],
    ['x"', /neither begins nor ends/],
    ['say "hi"', /neither begins nor ends/],
    ['a # b"', /neither begins nor ends/],
    ["a # b'", /neither begins nor ends/],
    ["it's", /neither begins nor ends/],
    ['a\u0007b', /control character/],
    ['"x\nOTHER="y" # c', /ends in a later line/],
    ['"x\nexport OTHER=1\nLAST=" # c"', /ends in a later line/],
  ])('%j is a mistake', (text, message) => {
    expect(valueOf(text)).toMatch(message);
  });

  it('is read again as it was written, whatever it is, with a comment behind it or without', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: anyCharacter }),
          fc.string({ unit: fc.constantFrom(...'ab \t\r\n"\'\\#=$'.split('')) }),
        ),
        fc.constantFrom('', ' # a "comment"', '\t#'),
        fc.boolean(),
        (value, comment, mayBeBare) => {
          const text = `${writeAssigned(value, mayBeBare)}${comment}`;
          expect(readAssigned(`A=${text}\nB=2`, 2)).toEqual({ ok: true, value, end: 2 + text.length });
        },
      ),
      runs(100),
    );
  });

  it('is found within a second when it is a quote of a megabyte, closed or not', () => {
    const long = 'x\\n'.repeat(350_000);
    expect(valueOf(`"${long}"`)).toHaveLength(700_000);
    expect(valueOf(`"${long}`)).toMatch(/no quote ends/);
  });
});
