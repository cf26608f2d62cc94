import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '@backstay/event-sourcing/testing';
import { NotUtf8, utf8Text } from './utf8.ts';

const placeIn = (bytes: Uint8Array): unknown => {
  try {
    return utf8Text(bytes);
  } catch (error) {
    const { byte, line, column } = error as NotUtf8;
    return { byte, line, column };
  }
};

describe('the text of bytes', () => {
  it('leaves out a byte order mark', () => {
    expect(utf8Text(Buffer.from('\uFEFFa\uFEFF'))).toBe('a\uFEFF');
  });

  it.each([
    ['Latin-1', Buffer.from('one\r\ntwo caf\xE9 \n', 'latin1'), { byte: 13, line: 2, column: 8 }],
    ['UTF-16', Buffer.from('\uFEFFa', 'utf16le'), { byte: 1, line: 1, column: 1 }],
    ['a sequence cut off', Buffer.from([0x61, 0xe2, 0x82]), { byte: 2, line: 1, column: 2 }],
    ['a surrogate', Buffer.from([0xed, 0xa0, 0x80]), { byte: 1, line: 1, column: 1 }],
    ['what is behind a mark', Buffer.from([0xef, 0xbb, 0xbf, 0x61, 0xff]), { byte: 5, line: 1, column: 2 }],
    ['what is behind a real U+FFFD', Buffer.from([0xef, 0xbf, 0xbd, 0xff]), { byte: 4, line: 1, column: 2 }],
  ])('that are not UTF-8 is an error with its place: %s', (_name, bytes, place) => {
    expect(placeIn(bytes)).toEqual(place);
    expect(() => utf8Text(bytes)).toThrow(NotUtf8);
  });

  it('is read whole, or refused at the first wrong byte, wherever that stands', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (before, after) => {
        const text = `x${before}`;
        expect(utf8Text(Buffer.from(`${text}${after}`))).toBe(`${text}${after}`);
        const bytes = Buffer.concat([Buffer.from(text), Buffer.from([0xff]), Buffer.from(after)]);
        expect(placeIn(bytes)).toMatchObject({ byte: Buffer.byteLength(text) + 1 });
      }),
      runs(100),
    );
  });
});
