import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { runs } from './testing/runs.ts';
import { canonicalJson } from './canonical-json.ts';

describe('canonical JSON', () => {
  it('orders members by UTF-16 code units, without white space', () => {
    expect(canonicalJson({ b: [1, { d: null, c: 'é' }], a: 1e21, '€': true, '\r': 0 })).toBe(
      '{"\\r":0,"a":1e+21,"b":[1,{"c":"é","d":null}],"€":true}',
    );
  });

  it('leaves out undefined members and writes undefined items as null, as JSON does', () => {
    expect(canonicalJson({ a: undefined, b: [undefined] })).toBe('{"b":[null]}');
  });

  it('refuses numbers that JSON cannot hold', () => {
    expect(() => canonicalJson({ a: Number.NaN })).toThrow('NaN');
    expect(() => canonicalJson([Infinity])).toThrow('Infinity');
  });

  it('parses back to the same value, and does not depend on the order of insertion', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value);
        expect(canonicalJson(JSON.parse(text))).toBe(text);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
      runs(100),
    );
  });
});
