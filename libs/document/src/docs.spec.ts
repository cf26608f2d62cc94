import { describe, expect, it } from 'vitest';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { bindingsSchema, parseBindings } from './context/bindings.ts';
import { sha256 } from './testing/fixtures.test-support.ts';
import { lint } from './reading/lint.ts';
import { makePlan } from './planning/make-plan.ts';
import { parseDocument } from './reading/parse.ts';
import { phrasesIn } from './steps/lookup.ts';
import { parseProfiles, serviceProfile, type Profiles } from './context/profiles.ts';
import { flowLabels } from './reading/read-flows.ts';
import { monitoringLabels } from './reading/read-monitoring.ts';
import { rollbackLabels } from './reading/read-rollback.ts';
import { scopeLabels } from './reading/read-scope.ts';
import { stepLabels } from './reading/read-steps.ts';
import { metricSources } from './values/metric-sources.ts';
import { sectionAliases, sectionOf } from './markdown/sections.ts';

const docs = new URL('../../../docs/', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, docs), 'utf8');

interface Snippet {
  readonly name: string;
  readonly info: string;
  readonly text: string;
}

/** The outermost fences of a page. */
function snippetsOf(page: string): Snippet[] {
  const snippets: Snippet[] = [];
  let open: { fence: string; info: string; line: number; lines: string[] } | undefined;
  for (const [index, line] of read(page).split('\n').entries()) {
    const fence = /^(`{3,})(\w*)/.exec(line);
    if (!open && fence) open = { fence: fence[1]!, info: fence[2]!, line: index + 1, lines: [] };
    else if (open && line === open.fence) {
      snippets.push({ name: `${page}:${open.line}`, info: open.info, text: open.lines.join('\n') });
      open = undefined;
    } else open?.lines.push(line);
  }
  return snippets;
}

/** What a fragment leaves out, so that it can be read as a document. */
const sections: readonly (readonly [section: string, text: string])[] = [
  [
    'scope',
    '## Deployment Scope\n- Name: greeter\n- Version: 1.4.0\n- Repository: https://git.example.com/greeter.git\n- Tag: v1.4.0\n- Environment: production',
  ],
  ['deploy', '### Deployment Steps\n1. Deploy to target environment'],
  [
    'variables',
    '**Required Environment Variables:**\n```\nDATABASE_URL=<it>\nREDIS_URL=<it>\nARCHIVE_URL=<it>\nSMOKE_PASSWORD=<it>\nGATE_TOKEN=<it>\n```',
  ],
  ['infrastructure', '**Infrastructure Dependencies:**\n- Database: PostgreSQL 14+'],
];

function completed(text: string): string {
  if (text.startsWith('---') || text.startsWith('# ')) return text;
  const headings = [...text.matchAll(/^(?:#+ (.*)|\*\*(.*?):?\*\*)$/gm)].map((found) =>
    sectionOf(found[1] ?? found[2]!),
  );
  const missing = sections.filter(([section]) => !headings.some((key) => key === section));
  return [text, ...missing.map(([, rest]) => rest)].join('\n\n');
}

const pages = ['document-language.md', 'bindings-and-profile.md', 'operating.md'];
const snippets = pages.flatMap(snippetsOf);
const of = (info: string): (readonly [string, string])[] =>
  snippets.filter((snippet) => snippet.info === info).map(({ name, text }) => [name, text] as const);

describe('what the guides show can be written', () => {
  it.each(of('markdown'))('the document in %s', (_name, text) => {
    const problems = lint(completed(text));
    expect(
      problems.filter(
        ({ code }) => !['needs-context', 'missing-section', 'no-smoke-tests', 'not-watched'].includes(code),
      ),
    ).toEqual([]);
  });

  it.each(of('yaml'))('the YAML in %s', (_name, text) => {
    const parsed = text.startsWith('environments:') ? parseProfiles(text) : parseBindings(text);
    expect(parsed).toMatchObject({ ok: true });
  });

  it.each(of('json'))('the JSON in %s', (_name, text) => {
    expect(() => JSON.parse(text) as unknown).not.toThrow();
  });

  it('and is there to be checked', () => {
    expect(of('markdown').length).toBeGreaterThan(6);
    expect(of('yaml')).toHaveLength(2);
  });

  it.each(pages)('the links of %s lead somewhere', (page) => {
    const links = [...read(page).matchAll(/\]\(([^)#\s]*)(?:#([^)\s]*))?\)/g)];
    const dead = links.filter(([, path, anchor]) => !leads(page, path!, anchor));
    expect(dead.map(([match]) => match)).toEqual([]);
  });
});

function leads(page: string, path: string, anchor: string | undefined): boolean {
  if (/^https?:/.test(path)) return true;
  const target = path === '' ? page : path;
  if (!existsSync(new URL(target, docs))) return false;
  return anchor === undefined || anchorsOf(target).includes(anchor);
}

function anchorsOf(page: string): string[] {
  const text = read(page);
  const named = [...text.matchAll(/<a id="([^"]+)">/g)].map(([, id]) => id!);
  const titled = [...text.matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
    title!
      .toLowerCase()
      .replace(/[^\w\s-]/g, '')
      .trim()
      .replace(/\s+/g, '-'),
  );
  return [...named, ...titled];
}

describe('the guide of the language is whole', () => {
  const guide = read('document-language.md').toLowerCase();
  const labels = [...scopeLabels, ...stepLabels, ...rollbackLabels, ...flowLabels, ...monitoringLabels];

  it.each([
    ['section', Object.values(sectionAliases).map(([name]) => name)],
    ['known phrase', [...phrasesIn('procedure'), ...phrasesIn('rollback')].map(({ text }) => text)],
  ])('every %s is reported', (_what, names) => {
    expect([...new Set<string>(names)].filter((name) => !guide.includes(name.toLowerCase()))).toEqual([]);
  });

  it('every label is written as in a document: in code, as an item or in bold', () => {
    const isWritten = (label: string) => ['`', '- ', '**'].some((lead) => guide.includes(`${lead}${label}:`));
    expect([...new Set<string>(labels)].filter((label) => !isWritten(label.toLowerCase()))).toEqual([]);
  });

  it.each(Object.entries(metricSources))(
    'and where metrics are read from, there and in a profile: %s',
    (kind, { form }) => {
      expect(rowOf('document-language.md', '`Source:`')).toContain(`\`\`${form} \`url\` \`\``);
      expect(rowOf('bindings-and-profile.md', '`metrics`')).toContain(`\`${kind} URL\``);
    },
  );

  it('and that of bindings and profile every entry', () => {
    const page = read('bindings-and-profile.md');
    const keys = [...Object.keys(bindingsSchema.shape), ...Object.keys(profileFields())];
    expect(keys.filter((key) => !page.includes(`| \`${key}`))).toEqual([]);
  });
});

/** The line of a table that begins with this cell. */
function rowOf(page: string, first: string): string | undefined {
  return read(page)
    .split('\n')
    .find((line) => line.startsWith(`| ${first} |`));
}

/** The entries of one service, from the published schema. */
function profileFields(): object {
  const schema = JSON.parse(read('schemas/profiles.schema.json')) as {
    properties: { environments: { additionalProperties: Service } };
  };
  return schema.properties.environments.additionalProperties.properties.services.additionalProperties.properties;
}

interface Service {
  readonly properties: { readonly services: { readonly additionalProperties: { readonly properties: object } } };
}

describe('every example can run', () => {
  const examples = readdirSync(new URL('examples/', docs));

  it('there are three', () => {
    expect(examples.toSorted()).toEqual(['static-site', 'web-service', 'worker']);
  });

  const everywhere = examples.flatMap((name) =>
    Object.keys(profilesOf(name).environments).map((environment) => [name, environment] as const),
  );

  it.each(everywhere)('%s in %s: nothing is missing, nothing is warned of', (name, environment) => {
    const text = read(`examples/${name}/deployment.md`);
    const parsed = parseDocument(text);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems, null, 2));
    const profile = serviceProfile(profilesOf(name), environment, parsed.document.scope.name);
    const bindings = parseBindings(read(`examples/${name}/.backstay.yaml`));
    if (!bindings.ok) throw new Error(JSON.stringify(bindings.problems, null, 2));
    const context = { environment, bindings: bindings.bindings, profile, digest: sha256 };
    const planned = makePlan(parsed.document, context);
    expect(planned).toMatchObject({ ok: true, blockers: [], warnings: [] });
    expect(lint(text, context)).toEqual([]);
  });
});

function profilesOf(example: string): Profiles {
  const parsed = parseProfiles(read(`examples/${example}/environments.yaml`));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems, null, 2));
  return parsed.profiles;
}
