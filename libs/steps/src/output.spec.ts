import { describe, expect, it } from 'vitest';
import { lastOutput } from './output.ts';

const node = `file:///srv/app/migrate.mjs:12
    throw error;
          ^

error: relation "notes" already exists
    at Parser.parseErrorMessage (file:///srv/app/node_modules/pg-protocol/dist/parser.js:285:98) {
  length: 99,
  code: '42P07'
}

Node.js v20.19.0
`;

describe('what a command said last', () => {
  it.each([
    ['the error, not the version behind its trace', node, 'error: relation "notes" already exists'],
    [
      'the error with a code',
      'Error [ERR_MODULE_NOT_FOUND]: no such module\n    at x\n',
      'Error [ERR_MODULE_NOT_FOUND]: no such module',
    ],
    ['the last of several errors', 'psql: error: first\nValueError: second\n', 'ValueError: second'],
    ['the last line where none names an error', 'refused\nby the gate\n\n', 'by the gate'],
  ])('is %s', (_what, tail, words) => {
    expect(lastOutput({ tail })).toBe(`; it said: ${words}`);
  });

  it('is nothing where it said nothing', () => {
    expect(lastOutput({ tail: '\n \n' })).toBe('');
  });

  it('is bounded', () => {
    expect(lastOutput({ tail: `Error: ${'x'.repeat(10_000)}` }).length).toBeLessThan(320);
  });
});
