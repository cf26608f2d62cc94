import { describe, expect, it } from 'vitest';
import { substitute, UnknownNames } from './substitute.ts';

const lookup = (name: string) =>
  new Map([
    ['USER', 'a "quoted" & user'],
    ['EMPTY', ''],
    ['NESTED', '${USER}'],
    ['smoke.1.token', 'abc'],
    ["smoke.2.$.items[0]['id']", '7'],
  ]).get(name);

describe('substitute', () => {
  it.each([
    ['plain', 'a "quoted" & user'],
    ['json', 'a \\"quoted\\" & user'],
    ['url', 'a%20%22quoted%22%20%26%20user'],
  ] as const)('writes values %s', (mode, expected) => {
    expect(substitute('<${USER}>', lookup, mode)).toBe(`<${expected}>`);
  });

  it('knows captures and paths of earlier flows', () => {
    expect(substitute("Bearer ${smoke.1.token}/${smoke.2.$.items[0]['id']}", lookup)).toBe('Bearer abc/7');
  });

  it('does not look into values again, and takes an empty value for a value', () => {
    expect(substitute('${NESTED}|${EMPTY}|$NOT|{}', lookup)).toBe('${USER}||$NOT|{}');
  });

  it('names everything that nothing provides', () => {
    expect(() => substitute('${ONE} ${USER} ${smoke.3.token} ${ONE}', lookup)).toThrow(UnknownNames);
    expect(() => substitute('${ONE} ${USER} ${smoke.3.token} ${ONE}', lookup)).toThrow(
      'nothing provides ${ONE}, ${smoke.3.token}',
    );
  });
});
