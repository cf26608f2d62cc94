import { describe, expect, it } from 'vitest';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { proseOf, wordsInName, wordsInText } from './plain-words.mjs';

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

/** The words that the vocabulary of this project replaces, and forms of them. */
const everywhere = [
  ['hearth', 'door', 'doors', 'house', 'floor', 'floors', 'room', 'rooms'],
  ['beat', 'consider', 'considered', 'poke', 'poked', 'hand', 'hands', 'handed', 'acting', 'performer'],
  ['bell', 'ring', 'stroke', 'strokes', 'flight', 'flights', 'board', 'boards', 'depart', 'departs'],
  ['open work', 'hint', 'hints', 'sweeper', 'sweeps', 'fact', 'facts', 'told', 'tell', 'tells', 'said aloud', 'whence'],
  ['course', 'darkness', 'grade', 'graded', 'fate', 'fates', 'carried fault', 'wish', 'wishes'],
  ['tenancy', 'move in', 'moves in', 'evict', 'evicted', 'ground', 'grounds', 'owed', 'owing', 'standstill', 'by-hand'],
  ['surroundings', 'underlying', 'onward', 'onwards', 'story', 'stories', 'walking house'],
  ['waits for a word', 'whose turn', 'stayed away', 'the way back', 'look ahead'],
  ['answer', 'answers', 'answered', 'answering', 'is no metric', 'is no line of', 'is not to be had', 'cannot be had'],
].flat();
const inNamesAlone = [
  ['said', 'ledger', 'dark', 'carried', 'turn', 'turned', 'paid', 'around', 'moment', 'site', 'whole', 'so', 'proven'],
  ['serves', 'shape', 'shapes', 'shaped', 'journal'],
].flat();

/** The reports on an identifier in which the term stands between other words. */
const inName = (term: string): string[] => {
  const words = ['its', ...term.split(/[ -]/), 'value'];
  const name = words.map((word, index) => (index === 0 ? word : word[0]!.toUpperCase() + word.slice(1))).join('');
  return wordsInName(name, 'libs/x/src/y.ts').map(({ word }) => word);
};

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

  it.each(everywhere)('refuse %j in names and in prose', (term) => {
    expect(inName(term)).not.toEqual([]);
    expect(reported(`It uses ${term} here.`)).not.toEqual([]);
  });

  it.each(inNamesAlone)('refuse %j in names', (term) => expect(inName(term)).not.toEqual([]));

  it('refuse a word in prose, or say in which ordinary sense it is allowed there', () => {
    const { names } = JSON.parse(readFileSync(join(root, 'tools/plain-words.json'), 'utf8')) as {
      names: { words: string; ordinary?: string }[];
    };
    expect(names.filter(({ ordinary }) => !ordinary)).toEqual([]);
  });

  it.each([
    'an event in flight',
    'takes effect in turn',
    'on the other hand, a hand-written reader',
    'of course',
    'there is no row of that name',
  ])('allow %j', (text) => expect(reported(text)).toEqual([]));
});

describe('a comment', () => {
  const line = 'why it is as it is';

  it.each([
    ['three lines', [line, line, line].join('\n'), 3],
    ['four lines', [line, line, line, line].join('\n'), 4],
    ['lines as a docstring has them', `*\n * ${line}\n *\n * ${line}\n `, 2],
    [
      'tags, which give shapes and errors',
      `*\n * ${line}\n * @param name in bytes,\n * and more\n * @throws {Error}`,
      1,
    ],
    ['errors without a tag', `*\n * ${line}\n * Throws \`Gone\`.\n * Throws \`Late\`.`, 1],
    ['items', `*\n * ${line}\n * - one\n * - two`, 3],
  ])('of %s has its lines of prose counted', (_, text, count) => expect(proseOf(text, false)).toHaveLength(count));

  it('of something exported may name each of its values', () =>
    expect(proseOf(`*\n * ${line}\n * - one\n * - two`, true)).toEqual([line]));
});
