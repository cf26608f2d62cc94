import { describe, expect, it } from 'vitest';
import { decodeHeaderValue, encodeHeaderValue } from './header-value.ts';
import { Undecodable } from './undecodable.ts';

describe('the value of a CloudEvents attribute in a header', () => {
  it.each([
    ['Euro € 😀', 'Euro%20%E2%82%AC%20%F0%9F%98%80'],
    ['say "hi" 100%', 'say%20%22hi%22%20100%25'],
    ['/ci/pipelines/7', '/ci/pipelines/7'],
    ['tab\u0007end', 'tab%07end'],
  ])('%j is encoded as %j and back', (text, encoded) => {
    expect(encodeHeaderValue(text)).toBe(encoded);
    expect(decodeHeaderValue(encoded)).toBe(text);
  });

  it.each([
    ['lower-case digits', 'Euro%20%e2%82%ac', 'Euro €'],
    ['characters that need no encoding', '%41%42', 'AB'],
    ['one round only', '%2541', '%41'],
    ['a quoted string', '"a \\"b\\" c\\\\d"', 'a "b" c\\d'],
    ['a quoted string with encoded characters', '"a%20b"', 'a b'],
    ['a per cent sign that is none of an encoding', '100%', '100%'],
    ['white space around the value', '  x ', 'x'],
    ['characters that should have been encoded', 'é', 'é'],
  ])('is read with %s', (_, encoded, text) => {
    expect(decodeHeaderValue(encoded)).toBe(text);
  });

  it.each([
    ['an overlong space', '%C0%A0'],
    ['a lone continuation byte', 'a%80'],
    ['a cut sequence', '%E2%82'],
    ['an encoded surrogate', '%ED%A0%80'],
    ['an unbalanced quote', '"abc'],
  ])('is refused with %s', (_, encoded) => {
    expect(() => decodeHeaderValue(encoded)).toThrow(Undecodable);
  });
});
