import { describe, expect, it } from 'vitest';
import { formatEnvironment, parseEnvironment } from './environment-file.ts';

describe('the environment file', () => {
  it('is the same for the same variables in another order', () => {
    expect(formatEnvironment({ B: '2', A: '1' })).toBe('A="1"\nB="2"\n');
  });

  it.each([['plain'], [''], ['a "quoted" $HOME `x`'], ['back\\slash\\'], ['two\nB="lines"'], ['größer 😀']])(
    'gives %j back',
    (value) => {
      expect(parseEnvironment(formatEnvironment({ A: value, Z: 'last' }))).toEqual({ A: value, Z: 'last' });
    },
  );

  it.each([[{ '1A': '' }], [{ 'A B': '' }], [{ A: '\0' }]])('refuses %j', (environment) => {
    expect(() => formatEnvironment(environment as Record<string, string>)).toThrow(RangeError);
  });
});
