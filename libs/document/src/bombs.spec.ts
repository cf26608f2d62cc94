import { describe, expect, it } from 'vitest';
import { leastMs } from '@backstay/event-sourcing/testing';
import { Lexer } from 'yaml';
import { parseBindings } from './context/bindings.ts';
import { parseProfiles } from './context/profiles.ts';
import { cutIntoParts } from './markdown/parts.ts';
import { readPlanText } from './planning/plan-text.ts';
import { Report } from './problems/report.ts';
import { lint } from './reading/lint.ts';
import { fixture, planOf, sha256 } from './testing/fixtures.test-support.ts';
import { budgets } from './values/budgets.ts';
import { expanded, Expansion, type Template } from './values/expansion.ts';
import { readJson, NotJson } from './values/json-text.ts';
import { substitute, TooMuchText } from './values/substitute.ts';

/** Small texts that ask for much: each as large as its budget allows, and 10 and 100 times as large. */
const times = [1, 10, 100] as const;

const notes = fixture('notes-api.md');
const repeated = (scrap: string, count: number): string => scrap.repeat(Math.floor(count));

describe('a document that Markdown reads slowly', () => {
  const forms: readonly (readonly [form: string, scrap: string])[] = [
    ['emphasis', '*a '],
    ['links', '[a]('],
    ['footnotes', '[^a]:'],
    ['code', '`a '],
    ['HTML', '<a '],
    ['quotations', '> '],
    ['bullets', '- '],
  ];

  it.each(forms)('in one line without end is a problem with that line: %s', (_form, scrap) => {
    for (const factor of times.slice(1)) {
      const line = repeated(scrap, (factor * budgets.document.lineCharacters) / 8 / scrap.length);
      const problems = lint(`${notes}\n${line}\n`.slice(0, budgets.document.bytes));
      const at = notes.split('\n').length + 1;
      expect(problems).toContainEqual(
        expect.objectContaining({ line: at, severity: 'error', code: expect.stringMatching(/^too-(long|deep)$/) }),
      );
    }
  });

  it.each(['a\n', '* a\n', '- a\n\n', '  - a\n', '|a|\n|-|\n', '=\n'])('in lines without end too: %j', (scrap) => {
    const text = repeated(scrap, (budgets.document.bytes - 1) / scrap.length);
    const report = new Report();
    const parts = cutIntoParts(text, report);
    expect(report.problems.at(-1)).toMatchObject({ line: budgets.document.lines + 1, code: 'too-long' });
    const lines = parts.reduce((sum, part) => sum + part.text.split('\n').length, 0);
    expect(lines).toBe(budgets.document.lines);
  });

  it('passes the Markdown reader no line that is longer than its budget, but those of a fence', () => {
    const long = repeated('*a ', budgets.document.bytes / 8);
    const parts = cutIntoParts(`${long}\n\`\`\`\n${long}\n\`\`\`\n   - ${long}\n`, new Report());
    expect(parts.map(({ text }) => text)).toEqual([`\n\`\`\`\n${long}\n\`\`\`\n\n`]);
  });
});

describe('a long line in a fence', () => {
  const long = `echo ${'x'.repeat(2 * budgets.document.lineCharacters)}`;
  const problemsOf = (lines: readonly string[]) => {
    const report = new Report();
    cutIntoParts(lines.join('\n'), report);
    return report.problems.map(({ line, code }) => `${line} ${code}`);
  };

  it.each([
    ['at the margin', ['```', long, '```', 'a']],
    ['of a list item', ['1. a', '   - Run:', '     ```sh', '', `     ${long}`, '     ```', '   - b']],
    ['behind a marker', ['- ```', `  ${long}`, '  ```']],
    ['with other ticks in it', ['~~~', '```', long, '~~~']],
  ])('is read: %s', (_where, lines) => {
    expect(problemsOf(lines)).toEqual([]);
    expect(problemsOf([...lines, long])).toEqual([`${lines.length + 1} too-long`]);
  });

  it('is none behind the item that holds the fence', () => {
    expect(problemsOf(['1. a', '   ```', '   b', 'c', long])).toEqual(['5 too-long']);
  });
});

describe('variables that stand for more than they say', () => {
  const chain = (length: number, link = (before: string) => before + before): Template[] =>
    Array.from({ length }, (_, index) => ({
      name: `V${index}`,
      value: index === 0 ? 'ab' : link(`\${V${index - 1}}`),
    }));
  const document = (variables: readonly Template[]): string =>
    notes.replace(
      'LOG_LEVEL=info\n',
      `LOG_LEVEL=info\n${variables.map(({ name, value }) => `${name}=${value}\n`).join('')}`,
    );
  const firstLine = notes.split('\n').indexOf('LOG_LEVEL=info') + 2;
  const expansions = (text: string) => lint(text).filter(({ code }) => code === 'expansion');

  it('are read where they stay within the budget', () => {
    expect(expansions(document(chain(16)))).toEqual([]);
    expect(expanded(chain(16), new Map())['V15']).toBe('ab'.repeat(2 ** 15));
  });

  it.each([1, 10])('are a problem with the line of the first that does not: 26 of them, %i times', (factor) => {
    expect(expansions(document(chain(26 * factor)))).toContainEqual(
      expect.objectContaining({ line: firstLine + 17, column: 1, message: expect.stringContaining('V17 stands for') }),
    );
  });

  it('are measured once each, and put together never', () => {
    let asked = 0;
    const variables = chain(6_000, (before) => `${before}${before}\${OTHER}`);
    expect(new Expansion(variables, () => ((asked += 1), 1)).problems[0]).toMatchObject({ name: 'V16' });
    expect(asked).toBe(variables.length - 1);
  });

  it.each(times)('are a problem where they refer to one another without end: %i00 deep', (factor) => {
    const backwards = chain(120 * factor, (before) => before).reverse();
    if (factor === 1) expect(expansions(document(backwards))).not.toEqual([]);
    expect(() => expanded(backwards, new Map())).toThrow(TooMuchText);
  });

  it('are a problem with the line of the one that refers to itself', () => {
    const variables = [
      { name: 'A', value: '${B}' },
      { name: 'B', value: '${A}' },
    ];
    expect(expansions(document(variables))).toMatchObject([
      { line: firstLine, message: expect.stringMatching(/^A refers to itself/) },
    ]);
  });

  it('are a problem with the line that uses them too often', () => {
    const step = `$&\n2. Use it\n   - Run: \`echo ${repeated('$${V15}', 60)}\`\n   - Undo: none\n3. More`;
    const text = document(chain(16)).replace(/^1\. .*(?=\n2\.)/m, step);
    const line = text.split('\n').findIndex((each) => each.includes('echo ${V15}')) + 1;
    expect(expansions(text)).toMatchObject([{ line, message: expect.stringContaining('2 MiB') }]);
  });

  it('are problems of a plan in JSON at their pointers', () => {
    const { plan } = planOf(notes);
    const bomb = chain(40).map(({ name, value }) => ({ name, value, from: 'value', source: { line: 1 } }));
    const text = JSON.stringify({ ...plan, environmentVariables: bomb }, null, 1);
    const read = readPlanText(text, sha256);
    expect(read.ok ? [] : read.problems).toMatchObject([
      { pointer: '/environmentVariables/17/value', code: 'bad-plan' },
    ]);
  });

  it('are refused where values are put in place, whatever brought them', () => {
    const value = 'x'.repeat(budgets.expansion.value);
    const others = new Map([['SECRET', value]]);
    expect(() => expanded([{ name: 'A', value: '${SECRET}${SECRET}' }], others)).toThrow(TooMuchText);
    expect(() => substitute(repeated('${SECRET}', 17), () => value)).toThrow(TooMuchText);
    expect(substitute(repeated('${SECRET}', 15), () => value)).toHaveLength(15 * value.length);
  });
});

describe('JSON in JSON without end', () => {
  const nested = (depth: number, [open, close]: readonly [string, string]): string =>
    open.repeat(depth) + close.repeat(depth);

  it.each([
    ['[', ']'],
    ['{"a":', '}'],
  ] as const)('is no JSON beyond its budget, also unclosed: %s', (open, close) => {
    const { depth } = budgets.json;
    expect(() => readJson(nested(depth, ['[', ']']))).not.toThrow();
    for (const factor of times) {
      const balanced = nested(depth * factor + 1, [open, close]);
      for (const text of [balanced, balanced.slice(0, balanced.indexOf(close))])
        expect(() => readJson(text)).toThrow(
          expect.objectContaining({ isTooDeep: true, offset: depth * open.length }) as NotJson,
        );
    }
    expect(readJson(JSON.stringify([nested(500, [open, close])]))).toHaveLength(1);
  });

  it.each(times)('is a problem of a plan at its line: %i times', (factor) => {
    const read = readPlanText(`{\n"steps":\n${nested(100 * factor, ['[', ']'])}}`, sha256);
    expect(read.ok ? [] : read.problems).toMatchObject([{ line: 3, column: 100, code: 'too-deep' }]);
  });

  it('is a problem of a body at its line', () => {
    const text = fixture('orders-api.md').replace(/- Body: `[^`]+`/, `- Body: \`${nested(150, ['[', ']'])}\``);
    expect(lint(text)).toContainEqual(expect.objectContaining({ code: 'bad-body' }));
  });
});

describe('YAML', () => {
  const readers = { bindings: parseBindings, profile: parseProfiles };
  const problemsOf = (text: string) =>
    Object.values(readers).map((read) => {
      const parsed = read(text);
      return parsed.ok ? [] : parsed.problems;
    });

  it.each(times)('in YAML without end is a problem with its line: %i times', (factor) => {
    const depth = budgets.yaml.depth * factor + 1;
    for (const [text, column] of [
      [`a: 1\nb: ${'['.repeat(depth)}`, 4 + budgets.yaml.depth],
      [`a: 1\nb: ${'{a: '.repeat(depth)}`, 4 + 4 * budgets.yaml.depth],
      [`a: 1\n${'- '.repeat(depth)}a`, 1],
      [`a: 1\n${'? '.repeat(depth)}a`, 1],
    ] as const)
      for (const problems of problemsOf(text)) expect(problems).toMatchObject([{ line: 2, column, code: 'yaml' }]);
  });

  it('of aliases that stand for more than they say is a problem with the line of the alias', () => {
    const levels = (count: number) =>
      Array.from(
        { length: count },
        (_, level) => `a${level + 1}: &a${level + 1} [${Array(9).fill(`*a${level}`).join(', ')}]`,
      );
    for (const count of [5, 50, 500]) {
      const text = `a0: &a0 [x, x, x, x, x, x, x, x, x]\n${levels(count).join('\n')}\n`;
      for (const problems of problemsOf(text)) expect(problems).toMatchObject([{ line: 5, code: 'yaml' }]);
    }
    for (const problems of problemsOf('a: &a [*a]\n'))
      expect(problems).toMatchObject([{ line: 1, column: 8, code: 'yaml' }]);
  });

  it.each([
    ['unknown keys', (index: number) => `key${index}: 1\n`],
    ['entries', (index: number) => `t${index}: { body: a }\n`],
    ['the same key', () => 'a: 1\n'],
    ['comments', () => '#\n'],
    ['documents', () => '---\n'],
    ['what no YAML is', () => '\t: :\n'],
  ] as const)(
    'of more words and marks than its budget is one problem with the line that has the first: %s',
    (_of, line) => {
      const count = 100 * Math.floor(budgets.yaml.tokens / 100 / [...new Lexer().lex(line(10_000))].length);
      for (const factor of [2, 3]) {
        const text = Array.from({ length: count * factor }, (_, index) => line(index)).join('');
        if (text.length > budgets.yaml.bytes) continue;
        for (const problems of problemsOf(text))
          expect(problems).toMatchObject([{ code: 'yaml', message: expect.stringMatching(/^more than 50000 words/) }]);
        const [[{ line: at } = { line: 0 }] = []] = problemsOf(text);
        expect(at).toBeGreaterThan(count / 2);
        expect(at).toBeLessThan(count * 2);
      }
    },
  );

  it('with a problem in each of its lines has the place of each', () => {
    const count = 3_000;
    const text = Array.from({ length: count }, (_, index) => `key${index}: 1`).join('\n');
    const [ofBindings = []] = problemsOf(text);
    expect(ofBindings.map(({ line }) => line)).toEqual(Array.from({ length: count }, (_, index) => index + 1));
  });

  it('of aliases that stand for little is read, however many there are', () => {
    const lines = Array.from({ length: 100 }, (_, index) => `  N${index}: *names`).join('\n');
    expect(parseBindings(`secrets:\n  First: &names [A, B]\n${lines}\n`)).toMatchObject({ ok: true });
  });
});

describe('a text that asks for more than its budget', () => {
  const beyond = budgets.document.bytes - notes.length - 2;
  const bombs: readonly (readonly [string, string])[] = [
    ...['*a ', '[a](', '[^a]:', '`a ', '<a ', '> ', '- ', '> a\n', '* a\n', '  - a\n', '|a|\n|-|\n'].map(
      (scrap) => [JSON.stringify(scrap), repeated(scrap, beyond / scrap.length)] as const,
    ),
    ['variables', Array.from({ length: 2_000 }, (_, at) => `V${at + 1}=\${V${at}}\${V${at}}`).join('\n')],
  ];
  /** As large as a document may be, of sections that say something. */
  const paragraph = 'Orders are written to the archive each night, and read from there when somebody asks.\n\n';
  const section = (at: number) => `## Notes ${at}\n\n${paragraph.repeat(200)}`;
  const sections = Array.from({ length: 7 }, (_, at) => section(at)).join('');
  const harmless = `${notes}\n${sections}`.slice(0, budgets.document.bytes);

  it.each(bombs)('is a problem no later than a harmless one of the largest size is read: %s', (_what, bomb) => {
    const usualMs = leastMs(() => lint(harmless));
    expect(lint(harmless).filter(({ severity }) => severity === 'error')).toEqual([]);
    const text = `${notes}\n${bomb}\n`;
    expect(lint(text).some(({ severity }) => severity === 'error')).toBe(true);
    expect(leastMs(() => lint(text)) / usualMs).toBeLessThan(3);
  });
});

describe('an expression or a path', () => {
  it('has a length that is bounded, and is a problem with its line beyond', () => {
    for (const factor of times.slice(1)) {
      const long = 'a'.repeat(budgets.pattern.characters * (factor / 10) + 1);
      expect(parseBindings(`logs:\n  files: [a.log]\n  critical: ["/${long}/"]\n`)).toMatchObject({
        problems: [{ line: 3 }],
      });
      expect(parseBindings(`version: GET /version $.${long}\n`)).toMatchObject({
        problems: [{ line: 1, code: 'bad-jsonpath' }],
      });
    }
  });
});
