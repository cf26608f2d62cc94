import { describe, expect, it } from 'vitest';
import { parseBindings } from './context/bindings.ts';
import { brief, briefly, mistakesOf, planted } from './testing/planted.test-support.ts';
import { parseProfiles } from './context/profiles.ts';

describe.each([
  ['.backstay.yaml', mistakesOf('bindings'), parseBindings],
  ['environments.yaml', mistakesOf('profile'), parseProfiles],
] as const)(
  'a planted mistake is reported in its file, at its place, and nothing else is: %s',
  (file, mistakes, parse) => {
    it.each(mistakes.map((mistake) => [mistake.name, mistake] as const))('%s', (_name, mistake) => {
      const { text, places } = planted(mistake);
      const parsed = parse(text);
      const problems = parsed.ok ? [] : parsed.problems;
      expect(problems.map(briefly)).toEqual([brief(places[0]!, mistake.code, mistake.meant)]);
      expect(problems[0]).toMatchObject({ file, severity: 'error' });
      expect(problems[0]!.message).not.toMatch(/\b(?:Invalid|Too (?:big|small))\b/);
    });
  },
);
