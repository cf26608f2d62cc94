import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { settingsSchema } from '../libs/service-kit/src/config/config.ts';

const root = join(import.meta.dirname, '..');

/** The texts of the files below these places whose names have one of these endings. */
const textsOf = (places: readonly string[], endings: RegExp): readonly string[] =>
  places
    .flatMap((place) =>
      statSync(join(root, place)).isDirectory()
        ? readdirSync(join(root, place), { recursive: true, encoding: 'utf8' }).map((name) => `${place}/${name}`)
        : [place],
    )
    .filter((file) => endings.test(file))
    .filter((file) => !/(^|\/)(node_modules|dist|testing|__fixtures__)\/|\.(spec|test-support)\.ts$/.test(file))
    .map((file) => readFileSync(join(root, file), 'utf8'));

const namesIn = (texts: readonly string[], pattern: RegExp): readonly string[] => [
  ...new Set(
    texts.flatMap((text) => [...text.matchAll(pattern)].map((found) => found[1] ?? found[2] ?? found[3] ?? '')),
  ),
];

/** `settings.NAME`, or `{ NAME: name }` taken apart. */
const asProperty = /\.(BACKSTAY_\w+)|\b(BACKSTAY_\w+): \w+\s*[,}]/g;
const sources = textsOf(['libs', 'services', 'cli/src', 'deploy', 'bench'], /\.(ts|mjs)$/);
const readAsProperty = namesIn(sources, asProperty);
const read = [
  ...readAsProperty,
  // Where a part of the platform is; what compose and shells replace.
  ...namesIn(sources, /variable: '(BACKSTAY_\w+)'/g),
  ...namesIn(textsOf(['docker-compose.yml', 'deploy'], /\.(yml|sh|sql)$/), /\$\{(BACKSTAY_\w+)/g),
];

const offered = namesIn(
  textsOf(
    ['README.md', 'docs', 'docker-compose.yml', 'deploy', 'cli/src/program.ts'],
    /\.(md|yml|service|env|ts)$|Dockerfile$/,
  ),
  /\b(BACKSTAY_[A-Z0-9_]*[A-Z0-9])\b/g,
);

/** Names that are no settings: a stream of NATS, and what commands and releases are given. */
const others = ['BACKSTAY_EVENTS', 'BACKSTAY_SINCE', 'BACKSTAY_SERVICE', 'BACKSTAY_RUN'];
/** Settings of which this version takes nothing but their standard: whoever sets them hears so. */
const refused = ['BACKSTAY_EVENT_STORE', 'BACKSTAY_WITNESS'];

const without = (names: readonly string[], excluded: readonly string[]) =>
  names.filter((name) => !excluded.includes(name)).toSorted();

describe('settings', () => {
  it('are all found', () => {
    expect(offered).toEqual(expect.arrayContaining(['BACKSTAY_POSTGRES_URL', 'BACKSTAY_TOKEN', 'BACKSTAY_IMAGE']));
    expect(read).toEqual(expect.arrayContaining(['BACKSTAY_POSTGRES_URL', 'BACKSTAY_TOKEN', 'BACKSTAY_REDIS_URL']));
  });

  it('are read where they are offered, by guides, compose, units or help', () => {
    expect(without(offered, [...read, ...others])).toEqual([]);
  });

  it('are offered where they are read', () => {
    expect(without(read, [...offered, ...others])).toEqual([]);
  });

  it('of the services are read by them, but for those that are refused and not offered', () => {
    expect(without(Object.keys(settingsSchema.shape), [...readAsProperty, ...refused])).toEqual([]);
    expect(offered.filter((name) => refused.includes(name))).toEqual([]);
  });
});
