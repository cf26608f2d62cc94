import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '@backstay/event-sourcing/testing';
import { fixture, documentOf } from '../testing/fixtures.test-support.ts';
import { writeAssigned } from '../values/assignments.ts';
import { lint } from './lint.ts';

const notes = fixture('notes-api.md');
const withLines = (...lines: string[]) =>
  notes.replace('LOG_LEVEL=info', () => ['LOG_LEVEL=info', ...lines].join('\n'));
const firstLine = notes.split('\n').indexOf('LOG_LEVEL=info') + 2;
const read = (...lines: string[]) => documentOf(withLines(...lines)).variables.slice(4);

describe('the fence of variables', () => {
  it.each([
    ['A=info # how much', { value: 'info' }],
    ['QC="a b" # c', { value: 'a b' }],
    ["S='a # b'", { value: 'a # b' }],
    ['COLOR=#fff', { value: '#fff' }],
    ['EMPTY= # nothing', { value: '' }],
    ['ZERO=0042', { value: '0042' }],
    ['BIG=12345678901234567890', { value: '12345678901234567890' }],
    ['  export A=1\t# c', { value: '1' }],
    ['JSON={"a": "b"}', { value: '{"a": "b"}' }],
    ['SECRET=<secret: GATE> # c', { from: 'secret', secret: 'GATE' }],
    ['HINT=<the # of shards> # c', { from: 'provided', hint: 'the # of shards' }],
    ['QUOTED="<no hint>"', { from: 'value', value: '<no hint>' }],
    ['BRACKETS="[no placeholder]" # c', { from: 'value', value: '[no placeholder]' }],
  ])('reads %s', (line, variable) => {
    expect(read(line)).toMatchObject([variable]);
  });

  it('gives back exactly what was printed, whatever it is, with a comment or without', () => {
    const text = fc.oneof(
      fc.string({ unit: fc.constantFrom(...'ab \t\n"\'\\#=<>[]'.split('')) }),
      fc.string({ unit: 'grapheme' }).filter((value) => !/[\p{Cc}\p{Cf}\u2028\u2029]|\$\{/u.test(value)),
    );
    fc.assert(
      fc.property(fc.array(text, { maxLength: 3 }), fc.constantFrom('', ' # c'), (values, comment) => {
        const lines = values.map((value, index) => `V${index}=${writeAssigned(value, false)}${comment}`);
        expect(read(...lines).map(({ value }) => value)).toEqual(values);
      }),
      runs(25),
    );
  });

  it('reports each garbled line, and no other', () => {
    const garblings = [
      (name: string, quoted: string) => `${name}: ${quoted}`,
      (name: string, quoted: string) => `${name}-KEY=${quoted}`,
      (name: string, quoted: string) => `${name}=${quoted}x`,
      (name: string, quoted: string) => `${name}=${quoted.slice(1)}`,
      (name: string, quoted: string) => `${name}=${quoted.slice(0, -1)}`,
    ];
    // A value with both a quote and ` #` may be garbled into another that nothing distinguishes from it, as `A= # a "b"`.
    const value = fc.oneof(fc.stringMatching(/^[a-z"'= ]{0,6}$/), fc.stringMatching(/^[a-z#= ]{0,6}$/));
    const values = fc.array(value, { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(values, fc.nat(), fc.constantFrom(...garblings), (all, chance, garbled) => {
        const lines = all.map((value, index) => `V${index}=${writeAssigned(value)}`);
        const at = chance % all.length;
        lines[at] = garbled(`V${at}`, writeAssigned(all[at]!, false));
        const errors = lint(withLines(...lines)).filter(({ severity }) => severity === 'error');
        expect(errors).toMatchObject([{ code: 'bad-value', line: firstLine + at }]);
      }),
      runs(25),
    );
  });
});

describe('a variable that holds a secret', () => {
  const run = (name: string) =>
    notes.replace('2. Build application artifacts', `2. Announce\n   - Run: \`echo \${${name}}\`\n   - Undo: none`);
  const codes = (text: string) =>
    lint(text)
      .filter(({ severity }) => severity === 'error')
      .map(({ code }) => code);
  const declared = (text: string, ...lines: string[]) =>
    text.replace('LOG_LEVEL=info', () => ['LOG_LEVEL=info', ...lines].join('\n'));

  it.each([
    ['itself', ['MADE=<secret: GATE>']],
    ['within a text', ['GATE=<secret: GATE>', 'MADE=pre-${GATE}-post']],
    ['through another, in any order', ['MADE=x${INNER}', 'INNER=${GATE}', 'GATE=<secret: GATE>']],
  ])('is a secret: %s', (_how, lines) => {
    expect(codes(declared(run('MADE'), ...lines))).toEqual(['secret-in-argv']);
  });

  it('is none where it holds public values alone', () => {
    expect(codes(declared(run('MADE'), 'MADE=v${VERSION}-${LOG_LEVEL}'))).toEqual([]);
  });
});
