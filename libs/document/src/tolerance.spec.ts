import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { runs } from '@backstay/event-sourcing/testing';
import { anyCharacter, documentOf, fixture, planOf } from './testing/fixtures.test-support.ts';
import { lint } from './reading/lint.ts';
import { parseDocument } from './reading/parse.ts';
import { parseBindings } from './context/bindings.ts';
import { parseProfiles } from './context/profiles.ts';

const notes = fixture('notes-api.md');
const orders = fixture('orders-api.md');

/** Ways to write the same document. */
const rewritings: readonly (readonly [name: string, rewrite: (text: string) => string])[] = [
  ['CRLF line endings', (text) => text.replaceAll('\n', '\r\n')],
  ['CR line endings', (text) => text.replaceAll('\n', '\r')],
  ['a byte order mark', (text) => `\uFEFF${text}`],
  ['white space behind lines', (text) => text.replace(/(\S)\n/g, '$1  \n')],
  ['`*` bullets', (text) => text.replace(/^(\s*)- /gm, '$1* ')],
  ['`+` bullets', (text) => text.replace(/^(\s*)- /gm, '$1+ ')],
  ['`1)` numbers', (text) => text.replace(/^(\d+)\. /gm, '$1) ')],
  ['`1.` throughout', (text) => text.replace(/^\d+\. /gm, '1. ')],
  ['deeper sub-bullets', (text) => text.replace(/^ {3}- /gm, '     - ')],
  ['tabs before sub-bullets', (text) => text.replace(/^ {2,3}- /gm, '\t- ')],
  ['blank lines between bullets', (text) => text.replace(/\n( *)- /g, '\n\n$1- ')],
  ['`*` for every other bullet', (text) => alternating(text)],
  ['check boxes ticked', (text) => text.replaceAll('[ ]', '[x]')],
  [
    'headings in capitals',
    (text) => text.replace(/^(#+ )(.*)$/gm, (_, marks: string, title: string) => marks + title.toUpperCase()),
  ],
  ['closed headings', (text) => text.replace(/^(##+) (.*)$/gm, '$1 $2 $1')],
  ['bold labels without colon', (text) => text.replace(/^\*\*(.*):\*\*$/gm, '**$1**')],
  ['labels as headings', (text) => text.replace(/^\*\*(.*):\*\*$/gm, '#### $1')],
  ['comments', (text) => text.replaceAll('\n\n## ', '\n\n<!-- a\n- Run: `rm`\ncomment -->\n\n## ')],
];

function alternating(text: string): string {
  let count = 0;
  return text.replace(/^(\s*)- /gm, (_, indent: string) => (count++ % 2 === 0 ? `${indent}- ` : `${indent}* `));
}

/** The document without its places. */
function meaningOf(text: string): unknown {
  const { columns: _, undecided: __, title: ___, ...document } = documentOf(text);
  return JSON.parse(
    JSON.stringify(document, (key, value: unknown) =>
      ['line', 'watchLine', 'trafficLine', 'source'].includes(key) ? undefined : value,
    ),
  );
}

describe.each([
  ['notes-api.md', notes],
  ['orders-api.md', orders],
])('%s means the same', (_name, text) => {
  it.each(rewritings)('with %s', (_rewriting, rewrite) => {
    expect(rewrite(text)).not.toBe(text);
    expect(meaningOf(rewrite(text))).toEqual(meaningOf(text));
  });

  it('wherever its lines stand: the digest ignores places', () => {
    const moved = planOf(text.replaceAll('\n\n', '\n\n\n'));
    expect(moved.digest).toBe(planOf(text).digest);
    expect(moved.plan).not.toEqual(planOf(text).plan);
  });
});

describe('any text is read', () => {
  const words = [
    '# ',
    '## Smoke Tests',
    '- ',
    '1. ',
    '   - ',
    '`',
    '```',
    '[',
    ']',
    '<',
    '>',
    '|',
    '**',
    ':',
    'Run: `x`',
    '${A}',
    '\n',
    '\t',
    '\0',
    '---',
  ];
  const scraps = fc
    .array(fc.oneof(fc.constantFrom(...words), fc.string({ maxLength: 6 })), { maxLength: 60 })
    .map((parts) => parts.join(''));

  it('without throwing, with problems in line order', () => {
    fc.assert(
      fc.property(fc.oneof(scraps, fc.string({ unit: anyCharacter, maxLength: 300 })), (text) => {
        const problems = lint(text);
        const places = problems.map(({ line, column }) => line * 100_000 + column);
        expect(places).toEqual([...places].sort((a, b) => a - b));
        expect(problems.every(({ line, column }) => line >= 1 && column >= 1)).toBe(true);
      }),
      runs(150),
    );
  });

  it('also when it was a document before somebody edited it', () => {
    const edit = fc.record({ at: fc.nat(), remove: fc.nat(40), insert: scraps });
    fc.assert(
      fc.property(fc.constantFrom(notes, orders), fc.array(edit, { minLength: 1, maxLength: 4 }), (text, edits) => {
        const edited = edits.reduce((current, { at, remove, insert }) => {
          const start = at % current.length || 0;
          return current.slice(0, start) + insert + current.slice(start + remove);
        }, text);
        expect(() => lint(edited)).not.toThrow();
        const parsed = parseDocument(edited);
        if (!parsed.ok) expect(parsed.problems.some(({ severity }) => severity === 'error')).toBe(true);
      }),
      runs(30),
    );
  });

  it('and so are any bindings and profiles', () => {
    const yaml = [
      'build: ',
      'smoke: ',
      '{',
      '}',
      '[',
      ']',
      '"',
      ': ',
      '- ',
      '&a',
      '*a',
      '\n',
      '  ',
      'environments:',
      'services:',
      '!!binary',
    ];
    const texts = fc
      .array(fc.oneof(fc.constantFrom(...yaml), fc.string({ maxLength: 5 })), { maxLength: 40 })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(texts, (text) => {
        expect(() => [parseBindings(text), parseProfiles(text)]).not.toThrow();
      }),
      runs(100),
    );
  });
});

describe('a text that was written to be slow is read in time', () => {
  const full = 96 * 1024;
  const hostile: readonly (readonly [string, string])[] = [
    ['quotations in quotations', '>'.repeat(full)],
    ['lists in lists', `${'- '.repeat(9)}a\n`],
    ['ever deeper lists', Array.from({ length: 700 }, (_, depth) => `${' '.repeat(depth)}- a`).join('\n')],
    ['bullets', '- a\n'],
    ['bullets below a section', '- Error rate > 5%\n'],
    ['steps', '1. Run smoke tests\n   - Timeout: 5m\n   - Failure: Stop\n'],
    ['one step with endless lines', '   - Timeout: 5m\n'],
    ['opening brackets', '['.repeat(full)],
    ['emphasis', '*a **b '],
    ['backticks', '`a``b```c'],
    ['tags', '<a '],
    ['table rows', 'a | b\n- | -\n'],
    ['rows of one table', 'x | y\n'],
    ['underlines', 'a\n-\n'],
    ['lines of one paragraph', 'a\n'],
    ['blanks', ' '.repeat(full)],
    ['blanks in a line', `x${' '.repeat(full - 4)}y`],
    ['fences', '```\n'],
    ['one fence', '```\n' + 'a\n'.repeat(100_000)],
    ['comments', '<!--\n'],
    ['variables', '${A}'],
  ];

  it.each(hostile)('%s', (_name, scrap) => {
    const head = `${notes}\n## Deployment Steps\n`;
    const text = (head + scrap.repeat(Math.ceil(full / scrap.length))).slice(0, full - 1);
    expect(() => lint(text)).not.toThrow();
  });

  it('a larger document is refused', () => {
    expect(lint(`${notes}${' '.repeat(256 * 1024)}`)).toMatchObject([{ code: 'too-large', line: 1, column: 1 }]);
  });
});
