import { describe, expect, it } from 'vitest';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { wordsInName, wordsInText } from './plain-words.mjs';

const root = join(import.meta.dirname, '..');

/** Pages, schemas and configuration that people read; the lint rule checks the sources. */
const pages = [
  ...readdirSync(root).map((name) => [name] as const),
  ...['docs', 'deploy'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => [join(folder, name)] as const),
  ),
].filter(([file]) => /\.(?:md|ya?ml|json)$/.test(file) && !/node_modules|package-lock\.json$/.test(file));

const reported = (text: string, file = 'docs/page.md'): string[] =>
  wordsInText(text, file).map(({ word, index }) => `${text.slice(0, index).split('\n').length}: ${word}`);

describe('plain words', () => {
  it('are what every page is written in', () => {
    expect(pages.length).toBeGreaterThan(30);
    expect(
      pages.flatMap(([file]) =>
        reported(readFileSync(join(root, file), 'utf8'), file).map((each) => `${file}:${each}`),
      ),
    ).toEqual([]);
  });

  it.each([
    ['The event\ntells who acted.', ['2: tells']],
    ['It is told aloud.', ['1: told', '1: aloud']],
    ['a factory, foretold', []],
    ['`unknown-fact` stays', []],
  ])('%j has %j', (text, words) => expect(reported(text)).toEqual(words));

  it.each([
    ['factsOfDeployment', ['facts']],
    ['#actingPhase', ['acting']],
    ['roundtrip', []],
    ['answers.ts', ['answers']],
  ])('the name %s has %j', (name, words) =>
    expect(wordsInName(name, 'libs/x/src/y.ts').map(({ word }) => word)).toEqual(words),
  );
});
