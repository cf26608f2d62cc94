import { describe, expect, it } from 'vitest';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { monitoringSchema, parseDocument, planSchema, stepKinds } from '@backstay/document';
import { definitionOf, type Schema } from '@backstay/document/testing';

const root = join(import.meta.dirname, '..');
const sourceOf = (file: string): string => readFileSync(join(root, file), 'utf8');

/** All places of the part that a field belongs to. */
const placesOf = new Map<string, readonly string[]>();

/** Every field, union member and value of a schema, each part that is used in several places once. */
function nodesOf(schema: Schema): string[] {
  const seen = new Map<Schema, string[]>();
  return walk(schema, '');

  function walk(at: Schema, path: string): string[] {
    const { type, innerType, element, valueType, options, entries, values } = definitionOf(at);
    const inner = innerType ?? element ?? valueType;
    if (inner) return walk(inner, path);
    if (type === 'union') return (options ?? []).flatMap((option) => walk(option, path));
    if (type === 'literal') return [`${path}=${String(values?.[0])}`];
    if (type !== 'enum' && type !== 'object') return [];
    const places = seen.get(at);
    places?.push(path);
    if (places) return [];
    seen.set(at, [path]);
    return entries ? Object.values(entries).map((value) => `${path}=${value}`) : walkObject(at, path);
  }

  function walkObject(at: Schema, path: string): string[] {
    const fields = Object.entries(definitionOf(at).shape ?? {});
    const tag = path === '' ? undefined : fields.find(([, field]) => definitionOf(field).type === 'literal');
    const place = tag ? `${path}[${String(definitionOf(tag[1]).values?.[0])}]` : path;
    const own = fields.filter((field) => field !== tag);
    return [
      ...(tag ? [place] : []),
      ...own.flatMap(([name, field]) => {
        const below = place === '' ? name : `${place}.${name}`;
        if (!tag) placesOf.set(below, seen.get(at) ?? []);
        return [below, ...walk(field, below)];
      }),
    ];
  }
}

/** Where a node came from is shown to people, wherever the node is. */
const isProvenance = (node: string): boolean => /\.(?:source|source\.line|origin|defaulted)$|\.origin=\w+$/.test(node);

const fieldsOf = (kind: string): Readonly<Record<string, string>> => stepKinds[kind as keyof typeof stepKinds].fields;

/** A field of an action, or the value of one that nothing performs: its kind says who reads it. */
function isOfKind(node: string): boolean {
  const [, kind, field, value] = /^steps\.action\[([\w-]+)\]\.(\w+)(?:=(.+))?$/.exec(node) ?? [];
  return kind !== undefined && (value === undefined || fieldsOf(kind)[field!] !== 'effect-handler');
}

/** What the language itself reads when it accepts a plan or prints it, and nobody else. */
const ofLanguage: Readonly<Record<string, string>> = {
  grammar: 'libs/document/src/planning/accept-plan.ts',
  'smokeTests.bound': 'libs/document/src/printing/print-checks.ts',
  'monitoring.syntheticTraffic': 'libs/document/src/plan/traffic.ts',
  'monitoring.syntheticTraffic.flows': 'libs/document/src/plan/traffic.ts',
};

/** The sources that act upon a plan or show it: all but the language, which writes each of its fields. */
const readers = new Map(
  ['libs', 'services', 'cli']
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)),
    )
    .filter(
      (file) =>
        /\/src\/.+\.ts$/.test(file) &&
        !/\/node_modules\/|^libs\/document\/|\/testing\/|(?:\.spec|test-support)\.ts$/.test(file),
    )
    .map((file) => [file, codeOf(file)] as const),
);

function codeOf(file: string): string {
  return sourceOf(file).replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
}

const found = new Map<string, ReadonlySet<string>>();

function readersOf(word: string): ReadonlySet<string> {
  const known = found.get(word) ?? new Set([...readers.values()].filter((text) => mentions(text, word)));
  found.set(word, known);
  return known;
}

function mentions(text: string, word: string): boolean {
  return new RegExp(`(?<![\\w-])${word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?![\\w-])`).test(text);
}

const wordsIn = (path: string): string[] => path.split(/[.[\]]+/).filter((word) => word !== '');

/** `commands` in `run` of `steps.action[run].commands`, `stop` in `onFailure` of `steps.onFailure=stop`. */
function wordsOf(node: string): { word: string; within: readonly string[] } {
  const [path = '', value] = node.split(/=(.+)/);
  const words = wordsIn(path);
  if (value !== undefined) return { word: value, within: words.slice(-1) };
  const elsewhere = (placesOf.get(node) ?? []).flatMap((place) => wordsIn(place).slice(-1));
  return { word: words.at(-1)!, within: [...words.slice(-2, -1), ...elsewhere] };
}

/** Whether one source speaks of the node and of what it is part of. */
function hasReader(node: string): boolean {
  const { word, within } = wordsOf(node);
  return [...readersOf(word)].some((text) => within.length === 0 || within.some((each) => mentions(text, each)));
}

/** The field that a value or a member of a union is one of. */
const choiceOf = (node: string): string | undefined => /^(.+)(?:=.+|\[[^\]]+\])$/.exec(node)?.[1];

/** What nobody reads. Of the values of a field one may be what the others are not. */
function silentOf(nodes: readonly string[]): string[] {
  const silent = nodes.filter((node) => !hasReader(node));
  const others = new Set<string>();
  return silent.filter((node) => {
    const choice = choiceOf(node);
    const isOther =
      choice !== undefined && !others.has(choice) && nodes.filter((each) => choiceOf(each) === choice).length > 1;
    if (isOther) others.add(choice);
    return !isOther;
  });
}

const nodes = nodesOf(planSchema).filter((node) => !isProvenance(node));

describe('nothing of a plan is parsed and ignored', () => {
  it('the plan is walked whole', () => {
    expect(nodes.length).toBeGreaterThan(300);
    expect(nodes).toEqual(expect.arrayContaining(['steps.action[wait].ms', 'scope.windows', 'queue=latest']));
  });

  it('each node is read by a source that speaks of it, or by the language alone', () => {
    const silent = silentOf(nodes.filter((node) => !isOfKind(node)));
    expect(silent, 'nobody reads these; a node that the language alone reads has a row in `ofLanguage` here').toEqual(
      Object.keys(ofLanguage),
    );
    for (const [node, file] of Object.entries(ofLanguage))
      expect([file, mentions(codeOf(file), wordsOf(node).word)]).toEqual([file, true]);
  });

  it('a field that nobody reads is found', () => {
    const added = planSchema.extend({ slackness: monitoringSchema.pick({ watchMs: true, mode: true }) });
    const more = nodesOf(added).filter((node) => node.startsWith('slackness'));
    expect(silentOf(more)).toEqual(['slackness', 'slackness.watchMs', 'slackness.mode']);
  });

  it('provenance is shown to people', () => {
    for (const word of ['origin', 'defaulted', 'source']) {
      expect(mentions(codeOf('cli/src/documents/plan-lines.ts'), word)).toBe(true);
    }
  });
});

describe('what performs a step', () => {
  const performed = Object.keys(stepKinds).flatMap((kind) =>
    Object.entries(fieldsOf(kind)).flatMap(([field, reader]) =>
      reader === 'effect-handler' ? [[kind, field] as const] : [],
    ),
  );

  it.each(performed)('of the kind %s reads %s', (kind, field) => {
    const own = [...readers].filter(([file]) => dirname(file) === `libs/steps/src/${kind}`);
    expect(own.filter(([, text]) => mentions(text, field)).map(([file]) => file)).not.toEqual([]);
  });
});

describe('nothing of the template is silent', () => {
  const template = sourceOf('deploy/demo/deployment-template.md');
  const filled = fillingsOf(template);
  const read = (text: string): string =>
    JSON.stringify(parseDocument(text), (key, value: unknown) =>
      ['line', 'column', 'columns', 'title'].includes(key) ? undefined : value,
    );
  const lines = filled.split('\n').flatMap((line, index) => (isRead(line) ? [[line, index] as const] : []));

  it('as it is, its brackets are problems', () => {
    const parsed = parseDocument(template);
    const placeholders = template
      .split('\n')
      .flatMap((line, index) => (/\[[^\]\s][^\]]*\]/.test(line) ? [index + 1] : []));
    if (parsed.ok) throw new Error('a template is not a document');
    const reported = new Set(parsed.problems.filter(({ code }) => code === 'placeholder').map(({ line }) => line));
    expect(placeholders.filter((line) => !reported.has(line))).toEqual([]);
  });

  it('filled, it is a document', () => {
    expect(parseDocument(filled)).toMatchObject({ ok: true });
  });

  it.each(lines)('%s', (line, index) => {
    const all = filled.split('\n');
    const without = all.toSpliced(index, 1).join('\n');
    expect([line, read(without)]).not.toEqual([line, read(filled)]);
  });
});

/** Bullets, steps and variables; `none` says that there is nothing. */
function isRead(line: string): boolean {
  return /^\s*(?:[-*]|\d+\.)\s+\S|^[A-Z_]+=/.test(line) && !/: none$|^- none$/.test(line);
}

function fillingsOf(template: string): string {
  const values: Readonly<Record<string, string>> = {
    '[service name]': 'notes-api',
    '[version number]': '1.1.0',
    '[git repository URL]': 'https://git.example.com/notes-api.git',
    '[branch or tag to deploy]': 'v1.1.0',
    '[staging | production | development]': 'production',
    '[AWS | GCP | Azure | on-premise]': 'on-premise',
    '[deployment region]': 'north/a',
    '[if applicable]': 'blue/notes',
    '[branch/tag]': 'v1.1.0',
    '[target environment]': 'production',
    '[version]': '1.0.0',
    '[timestamp]': 'of step 3',
    '[X minutes]': '5 minutes',
    '[Name]': 'notes-api 1.1.0',
    '[List work items that must complete before deployment]': 'none',
    '[List work items that depend on this deployment]': 'none',
  };
  return template
    .split('\n')
    .filter((line) => !line.includes('[Add '))
    .map((line) => line.replace(/\[[^\]\s][^\]]*\]/g, (bracket) => values[bracket] ?? bracket))
    .join('\n');
}
