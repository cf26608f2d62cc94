import { describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument, planSchema } from '@backstay/document';
import { consumers } from './plan-consumers.ts';

const root = join(import.meta.dirname, '..');
const sourceOf = (file: string): string => readFileSync(join(root, file), 'utf8');

interface Definition {
  readonly type: string;
  readonly innerType?: Schema;
  readonly element?: Schema;
  readonly valueType?: Schema;
  readonly options?: readonly Schema[];
  readonly shape?: Readonly<Record<string, Schema>>;
  readonly entries?: Readonly<Record<string, string>>;
  readonly values?: readonly unknown[];
}

interface Schema {
  readonly _zod: { readonly def: unknown };
}

const definitionOf = (schema: Schema): Definition => schema._zod.def as Definition;

/** Every field, union member and value of a schema, each part that is used in several places once. */
function nodesOf(schema: Schema): string[] {
  const seen = new Set<Schema>();
  return walk(schema, '');

  function walk(at: Schema, path: string): string[] {
    const { type, innerType, element, valueType, options, entries, values } = definitionOf(at);
    const inner = innerType ?? element ?? valueType;
    if (inner) return walk(inner, path);
    if (type === 'union') return (options ?? []).flatMap((option) => walk(option, path));
    if (type === 'literal') return [`${path}=${String(values?.[0])}`];
    if (type !== 'enum' && type !== 'object') return [];
    if (seen.has(at)) return [];
    seen.add(at);
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
        return [below, ...walk(field, below)];
      }),
    ];
  }
}

/** Where a node came from is shown and told, wherever the node is. */
const isProvenance = (node: string): boolean => /\.(?:source|source\.line|origin|defaulted)$|\.origin=\w+$/.test(node);

const entries = Object.entries(consumers).flatMap(([file, nodes]) =>
  nodes.map((entry) => {
    const [node = '', word = wordOf(node)] = entry.split(' as ');
    return { file, node, word };
  }),
);

/** `commands` of `steps.action[run].commands`, `run` of `steps.action[run]`, `stop` of `steps.onFailure=stop`. */
function wordOf(node: string): string {
  return /=(.+)$/.exec(node)?.[1] ?? /\[([^\]]*)\]$/.exec(node)?.[1] ?? node.split('.').at(-1)!;
}

function mentions(text: string, word: string): boolean {
  const code = text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
  return new RegExp(`(?<![\\w-])${word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?![\\w-])`).test(code);
}

describe('nothing of a plan is parsed and ignored', () => {
  const nodes = nodesOf(planSchema).filter((node) => !isProvenance(node));

  it('the plan is walked whole', () => {
    expect(nodes.length).toBeGreaterThan(300);
    expect(nodes).toEqual(expect.arrayContaining(['steps.action[wait].ms', 'scope.windows', 'queue=latest']));
  });

  it('each node has a consumer', () => {
    const known = new Set(entries.map(({ node }) => node));
    expect(nodes.filter((node) => !known.has(node))).toEqual([]);
  });

  it('no consumer is named for what is no node', () => {
    const known = new Set(nodes);
    expect(entries.map(({ node }) => node).filter((node) => !known.has(node))).toEqual([]);
  });

  it.each(Object.keys(consumers))('%s reads what is said of it', (file) => {
    expect(existsSync(join(root, file))).toBe(true);
    expect(file).not.toMatch(/\.spec\.ts$|test-support|\/testing\//);
    const text = sourceOf(file);
    const silent = entries.filter((entry) => entry.file === file && !mentions(text, entry.word));
    expect(silent.map(({ node }) => node)).toEqual([]);
  });

  it('provenance is shown to people', () => {
    for (const word of ['origin', 'defaulted', 'source']) {
      expect(mentions(sourceOf('cli/src/documents/plan-lines.ts'), word)).toBe(true);
    }
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
    if (parsed.ok) throw new Error('a template is no document');
    const told = new Set(parsed.problems.filter(({ code }) => code === 'placeholder').map(({ line }) => line));
    expect(placeholders.filter((line) => !told.has(line))).toEqual([]);
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
