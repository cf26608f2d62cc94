import { describe, expect, it } from 'vitest';
import { expectedOneOf } from './expected.ts';

describe('what is allowed in the place of an unknown name', () => {
  it.each([
    [[], 'none is expected'],
    [['asOf'], 'expected asOf'],
    [['limit', 'status'], 'expected one of limit, status'],
  ])('of %j is “%s”', (names, text) => expect(expectedOneOf(names)).toBe(text));
});
