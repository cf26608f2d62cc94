import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { runs } from '@backstay/event-sourcing/testing';
import { acceptPlan } from './planning/accept-plan.ts';
import { parseBindings } from './context/bindings.ts';
import { bindings, fixture, planOf, profiles, sha256 } from './testing/fixtures.test-support.ts';
import { lint } from './reading/lint.ts';
import { makePlan } from './planning/make-plan.ts';
import { parseDocument } from './reading/parse.ts';
import { planSchema } from './plan/plan.ts';
import { parseProfiles, serviceProfile } from './context/profiles.ts';

const documents = ['notes-api.md', 'orders-api.md', 'everything.md'].map(fixture);

/** What must hold of any text: problems in their places, in order, the same twice; or a plan of the published shape. */
function holds(text: string): void {
  const parsed = parseDocument(text);
  expect(parseDocument(text)).toEqual(parsed);
  const problems = parsed.ok ? parsed.warnings : parsed.problems;
  const lines = text.split(/\r\n|\r|\n/);
  for (const { line, column, message } of problems) {
    expect(line).toBeLessThanOrEqual(lines.length);
    expect(column).toBeLessThanOrEqual((lines[line - 1] ?? '').length + 2);
    expect(message).not.toMatch(/undefined|\[object|NaN/);
  }
  if (!parsed.ok) {
    expect(problems.some(({ severity }) => severity === 'error')).toBe(true);
    return;
  }
  const { environments, name } = parsed.document.scope;
  const environment = environments[0]!;
  const profile = serviceProfile(profiles(), environment, name);
  const planned = makePlan(parsed.document, { environment, bindings: bindings(), profile, digest: sha256 });
  if (planned.ok) expect(planSchema.safeParse(planned.plan)).toMatchObject({ success: true });
}

const unpolluted = (): void => {
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  expect(Object.keys(Object.prototype)).toEqual([]);
};

describe('a line that is exchanged for another', () => {
  const lines = documents.flatMap((text) => text.split('\n'));

  it('gives problems or a plan', () => {
    const exchange = fc.record({
      at: fc.nat(),
      by: fc.constantFrom(...lines),
      indent: fc.constantFrom('', '   ', '\t'),
    });
    fc.assert(
      fc.property(
        fc.constantFrom(...documents),
        fc.array(exchange, { minLength: 1, maxLength: 3 }),
        (text, exchanges) => {
          const all = text.split('\n');
          for (const { at, by, indent } of exchanges) all[at % all.length] = indent + by;
          holds(all.join('\n'));
        },
      ),
      runs(15),
    );
  });

  it('or left out, doubled or moved does so too', () => {
    const change = fc.record({ at: fc.nat(), to: fc.nat(), kind: fc.constantFrom('drop', 'double', 'move') });
    fc.assert(
      fc.property(fc.constantFrom(...documents), fc.array(change, { minLength: 1, maxLength: 4 }), (text, changes) => {
        const all = text.split('\n');
        for (const { at, to, kind } of changes) {
          const [line = ''] = kind === 'double' ? [all[at % all.length]] : all.splice(at % all.length, 1);
          if (kind !== 'drop') all.splice(to % all.length, 0, line);
        }
        holds(all.join('\n'));
      }),
      runs(15),
    );
  });
});

/** What a value may be that nobody thought of. */
const odd: readonly (readonly [name: string, text: string])[] = [
  ['__proto__', '__proto__'],
  ['constructor', 'constructor'],
  ['hasOwnProperty', 'hasOwnProperty'],
  ['toString', 'toString'],
  ['an emoji', '🚀'],
  ['an emoji of several', '👩‍🚀'],
  ['Cyrillic', 'заметки'],
  ['Japanese', '設定'],
  ['Arabic, right to left', 'تطبيق'],
  ['a combining mark', 'e\u0301'],
  ['a text that turns around', 'a\u202Eb'],
  ['a NUL', 'a\0b'],
  ['a byte order mark', '\uFEFFa'],
  ['a lone surrogate', '\uD800'],
  ['a tab', 'a\tb'],
  ['a no-break space', 'a\u00A0b'],
  ['a line separator', 'a\u2028b'],
  ['a replacement pattern', "$& $1 $' $$"],
  ['a variable without an end', '${'],
  ['a variable of a prototype', '${__proto__}'],
  ['a very long word', 'x'.repeat(5_000)],
  ['all brackets', '[](){}<>`*_#|\\'],
];

describe.each(odd)('%s', (_name, value) => {
  it('in place of any label, title and value gives problems or a plan', () => {
    for (const text of documents.slice(0, 2)) {
      const lines = text.split('\n');
      const every = Math.ceil(lines.length / runs(1).numRuns);
      for (let at = value.length % every; at < lines.length; at += every) {
        const line = lines[at]!;
        const label = line.replace(/^(\s*(?:-|\d+\.)\s+)[^:]+/, (_, mark: string) => mark + value);
        const withValue = line.replace(/(:\s+|^\s*(?:-|\d+\.)\s+).*$/, (_, mark: string) => mark + value);
        for (const changed of new Set([label, withValue, `${line}${value}`])) holds(lines.with(at, changed).join('\n'));
      }
    }
    unpolluted();
  });

  it('as any key of bindings, profile and plan too', () => {
    const key = JSON.stringify(value);
    const files = [
      `${key}: 1`,
      `secrets: { ${key}: [A] }`,
      `smoke: { ${key}: { captures: { ${key}: $.a }, headers: { ${key}: ${key} } } }`,
      `documentation: { ${key}: ${key} }`,
      `evidence: { ${key}: ${key}, tests: ${key} }`,
    ];
    for (const text of files) expect(() => parseBindings(text)).not.toThrow();
    const profilesWith = [
      `environments: { ${key}: { services: {} } }`,
      `environments: { production: { services: { ${key}: { notify: { ${key}: ${key} }, probes: { ${key}: ${key} } } } } }`,
    ];
    for (const text of profilesWith) expect(() => parseProfiles(text)).not.toThrow();
    const json = `{"x":1,${key}:{"polluted":true}}`;
    expect(acceptPlan(JSON.parse(json), sha256)).toMatchObject({ ok: false });
    const { plan } = planOf(documents[0]!);
    const withChannel = JSON.stringify(plan).replace('"channels":{', () => `"channels":{${key}:"log",`);
    expect(() => acceptPlan(JSON.parse(withChannel), sha256)).not.toThrow();
    unpolluted();
  });
});

describe('a mapping whose names are those of prototypes', () => {
  const text = (names: readonly string[]): string =>
    documents[0]!.replace('- API tokens (third-party services)', names.map((name) => `- ${name}`).join('\n'));

  it('gives no secret, flow, probe or channel that nobody declared', () => {
    const names = ['constructor', 'toString', 'valueOf', '__proto__', 'hasOwnProperty'];
    const { blockers } = planOf(text(names));
    for (const name of names) {
      expect(blockers.map(({ message }) => message)).toContainEqual(
        expect.stringMatching(new RegExp(`^add \`(?:secrets: \\{ )?"?${name}"?: \\[[A-Z_]+\\](?: \\})?\``)),
      );
    }
  });

  it('gives no metric', () => {
    const changed = documents[0]!.replace('- Request rate', '- constructor');
    expect(lint(changed).map(({ code }) => code)).toContain('unknown-metric');
  });

  it('gives no environment and no service', () => {
    for (const name of ['constructor', '__proto__', 'toString']) {
      expect(serviceProfile(profiles(), name, name)).toBeUndefined();
      expect(serviceProfile(profiles(), 'production', name)).toBeUndefined();
    }
  });
});

describe('any Markdown', () => {
  const inline = fc.constantFrom(
    'a',
    '`b`',
    '**c**',
    '[d](e)',
    '![f](g)',
    '<h>',
    '${I}',
    '\\*',
    '&amp;',
    '~~j~~',
    '[k]',
    '🚀',
  );
  const words = fc.array(inline, { minLength: 1, maxLength: 5 }).map((parts) => parts.join(' '));
  const heading = fc.constantFrom(
    '## Smoke Tests',
    '### Deployment Steps',
    '**Blocks:**',
    '# x',
    '## Rollback Procedure',
  );
  const block = fc.oneof(
    heading,
    words,
    words.map((text) => `- ${text}`),
    words.map((text) => `1. ${text}\n   - Run: ${text}\n     - ${text}`),
    words.map((text) => `> ${text}`),
    words.map((text) => `\`\`\`${text}\n${text}\n\`\`\``),
    words.map((text) => `| ${text} |\n|---|\n| ${text} |`),
    words.map((text) => `<!-- ${text} -->`),
    words.map((text) => `${text}\n===`),
    fc.integer({ min: 1, max: 40 }).map((depth) => `${'  '.repeat(depth)}- deep`),
    fc.constantFrom('---', '***', '[x]: y', '[^1]: note', '- [ ] todo', '    code', '\t- tab', '~~~', '```'),
  );
  const ending = fc.constantFrom('\n', '\r\n', '\n\n', '\r', '\n\t');

  it('gives problems or a plan', () => {
    const markdown = fc.array(fc.tuple(block, ending), { maxLength: 25 }).map((parts) => parts.flat().join(''));
    fc.assert(
      fc.property(fc.constantFrom('', documents[0]!), markdown, (head, text) => holds(`${head}\n${text}`)),
      runs(25),
    );
  });
});
