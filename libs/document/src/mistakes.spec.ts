import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { runs } from '@backstay/event-sourcing/testing';
import { brief, briefly, mistakesOf, planted, newProblems, type Mistake } from './testing/planted.test-support.ts';
import { problemCodes } from './problems/problem-codes.ts';

/** Mistakes by the section that they are made in. */
const sections: readonly (readonly [section: string, mistakes: readonly Mistake[]])[] = [
  'sections',
  'markdown',
  'scope',
  'steps',
  'modifiers',
  'configuration',
  'rollback',
  'smoke-tests',
  'monitoring',
  'criteria',
  'unwise',
].map((section) => [section, mistakesOf(section)]);

const notes = (name: string, code: string, edit: string): Mistake => ({ name, code, base: 'notes-api.md', edit });
const fence = '```';

/** Mistakes that cannot be written down in a file, or after which nothing else can be read. */
const unreadable: readonly Mistake[] = [
  { ...notes('another version of the language', 'grammar-version', 'deployment: «1→‸2»'), base: 'orders-api.md' },
  notes('a document of more than 256 KiB', 'too-large', `‸# Deployment: notes-api 1.1.0«→${'!'.repeat(256 * 1024)}»`),
  notes('a line of more than 4,096 characters', 'too-long', `- Smoke tests fail«→\n- ‸${'!'.repeat(4_097)}»`),
  notes(
    'a block of more than 1,000 lines',
    'too-long',
    `The notes service« →${'\nlearns'.repeat(996)}\n‸${'learns\n'.repeat(9)}»learns`,
  ),
  notes('lists in lists without end', 'too-deep', `- Smoke tests fail«→\n‸${'- '.repeat(10)}deep»`),
  notes('a character that nobody sees', 'control-character', '- Name: notes-api«→‸\0»'),
  notes('a character that turns the text around', 'control-character', '- Region/Zone: eu-«→‸\u202E»central'),
  notes('a fence that nothing closes', 'unclosed-fence', `- Memory > 90%: Page on-call«→\n\n‸${fence}»`),
];

const across = mistakesOf('across');
const corpus = [...sections, ['across', across], ['unreadable', unreadable]] as const;
const all = corpus.flatMap(([, mistakes]) => mistakes);

/** The problems of each mistake of the corpus, looked for once. */
const found = new Map<Mistake, ReturnType<typeof newProblems>>();
const problemsOf = (mistake: Mistake) => {
  const problems = found.get(mistake) ?? newProblems(mistake.base, planted(mistake).text);
  found.set(mistake, problems);
  return problems;
};

describe.each(corpus)(
  'a planted mistake is reported at its place, with its code, and nothing else is: %s',
  (_, mistakes) => {
    it.each(mistakes.map((mistake) => [mistake.name, mistake] as const))('%s', (_name, mistake) => {
      const { places } = planted(mistake);
      expect(problemsOf(mistake).map(briefly)).toEqual([brief(places[0]!, mistake.code, mistake.meant)]);
    });
  },
);

describe('the corpus of mistakes', () => {
  it('has at least 250 wrong documents, each of its own', () => {
    expect(all.length).toBeGreaterThanOrEqual(250);
    expect(new Set(all.map((mistake) => planted(mistake).text)).size).toBe(all.length);
  });

  it('has every code that a document alone can raise', () => {
    const ofOthers = [
      'encoding',
      'yaml',
      'unknown-key',
      'missing-environment',
      'version-mismatch',
      'unused-binding',
      'needs-context',
      'bad-plan',
      // Bindings name a check of the version.
      'nothing-watched',
    ];
    const codes = Object.keys(problemCodes).filter((code) => !ofOthers.includes(code));
    expect([...new Set(all.map(({ code }) => code))].sort()).toEqual(codes.sort());
  });
});

describe('the messages of the corpus', () => {
  const problems = all.flatMap(problemsOf);

  it('are distinct where codes are', () => {
    const codes = new Map<string, Set<string>>();
    for (const { code, message } of problems) {
      const wording = message.replace(/“[^”]*”|`[^`]*`/g, '…');
      codes.set(wording, (codes.get(wording) ?? new Set()).add(code));
    }
    expect([...codes].filter(([, each]) => each.size > 1)).toEqual([]);
  });

  it('say what was expected, what to do, or that this version does not do it', () => {
    const advice =
      /\b(?:expected|write|say|add|remove|leave|indent|begins?|end it|open it|close|divide|declare|use|make|at most|belongs? (?:to|below)|stands? (?:in|under|below))\b|did you mean|not supported|only of/;
    expect(problems.map(({ message }) => message).filter((message) => !advice.test(message))).toEqual([]);
  });
});

describe('two mistakes in two sections', () => {
  const apart = sections.map(([section, mistakes]) => [section === 'modifiers' ? 'steps' : section, mistakes] as const);
  const pairs = apart.flatMap(([section, ones], index) => {
    const later = apart.slice(index + 1).filter(([other]) => other !== section);
    const others = later.flatMap(([, mistakes]) => mistakes);
    return ones.flatMap((one) => others.filter(({ base }) => base === one.base).map((other) => [one, other] as const));
  });

  /** Nothing where one edit changes what the other begins with. */
  function bothPlanted(pair: (typeof pairs)[number]): ReturnType<typeof planted> | undefined {
    try {
      return planted(...pair);
    } catch {
      return undefined;
    }
  }

  /** Pairs of which the second mistake was once not seen: the first one kept its section from being known. */
  const once = [
    ['steps of a rollback below a label of their own', 'a restore of what no step is'],
    ['thresholds below a heading of their own', 'an action of an alert misspelt'],
    ['thresholds below a heading of their own', 'an action of an alert that is none'],
    ['thresholds below a heading of their own', 'a threshold without an action'],
    ['thresholds below a heading of their own', 'a threshold without a limit'],
    ['thresholds below a heading of their own', 'a quantile of what has none'],
    ['checks below a heading of their own', 'a health check that is none'],
    ['checks below a heading of their own', 'a health check with a method misspelt'],
    ['checks below a heading of their own', 'a health check without a name'],
    ['steps below a heading of their own', 'a phrase nearly right'],
    ['an action below a line of its step', 'two actions'],
  ].map((names) => pairs.find((pair) => pair.every(({ name }, index) => name === names[index]))!);

  it('are both reported at their places, in line order, and nothing else is', () => {
    fc.assert(
      fc.property(fc.constantFrom(...pairs), (pair) => {
        const both = bothPlanted(pair);
        fc.pre(both !== undefined);
        const expected = pair
          .map(({ code, meant }, index) => ({ code, meant, ...both.places[index]! }))
          .sort((a, b) => a.line - b.line || a.column - b.column)
          .map(({ code, meant, ...place }) => brief(place, code, meant));
        expect(newProblems(pair[0].base, both.text).map(briefly)).toEqual(expected);
      }),
      { ...runs(30), examples: once.map((pair) => [pair]) },
    );
  });
});
