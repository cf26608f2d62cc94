import { describe, expect, it } from 'vitest';
import { readableTail } from './tail.ts';

const cut = (text: string, from: number, to?: number): string =>
  Buffer.from(text).subarray(from, to).toString('base64');

describe('the readable tail of an output', () => {
  it('keeps whole characters', () => expect(readableTail(cut('größer €', 0))).toBe('größer €'));
  it('leaves out half a character at its beginning', () => expect(readableTail(cut('€uro', 1))).toBe('uro'));
  it('leaves out half a character at its end', () => expect(readableTail(cut('a😀', 0, 4))).toBe('a'));
  it('is empty for no output', () => expect(readableTail('')).toBe(''));
});
