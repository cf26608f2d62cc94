import type { Scope } from './nodes.ts';
import { isNone, readForms, type Form, type Forms } from './forms.ts';
import type { Outline, Section } from '../markdown/outline.ts';
import type { Reading } from './reading.ts';
import type { SectionKey } from '../markdown/sections.ts';
import type { Span } from '../markdown/span.ts';
import { readEnvironment } from '../values/environments.ts';
import { readRef, readRepository } from '../values/repositories.ts';
import { isWindow } from '../values/window.ts';
import { warnOfFloatingVersion } from './unwise.ts';

type Draft = { -readonly [Key in keyof Scope]?: Scope[Key] } & { windows: string[] };

const providers = ['AWS', 'GCP', 'Azure', 'on-premise'] as const;

/** A line whose value is one word. */
function word(label: string, key: 'region' | 'zone' | 'cluster' | 'namespace', what: string): Form<Draft> {
  return {
    label,
    read: ({ span }, draft, reading) => {
      const value = reading.token(span, what);
      if (value) draft[key] = value.text;
    },
  };
}

/** A line for two values, `a/b`, of which the second may be absent. */
function pair(label: string, first: 'region' | 'cluster', second: 'zone' | 'namespace'): Form<Draft> {
  return {
    label,
    read: ({ span }, draft, reading) => {
      const value = reading.token(span, `${first}, or ${first}/${second}`);
      const [one, two] = value?.text.split('/') ?? [];
      if (one) draft[first] = one;
      if (two) draft[second] = two;
    },
  };
}

function ref(label: string): Form<Draft> {
  return {
    label,
    read: ({ span }, draft, reading) => {
      const bare = reading.fixed(reading.bare(span));
      const value = bare && reading.token(bare, 'a branch or tag');
      const found = value && readRef(value, reading);
      if (found !== undefined) draft.ref = found;
    },
  };
}

const scopeForms: Forms<Draft> = [
  { label: 'Name', required: true, read: ({ span }, draft, reading) => void (draft.name = readName(span, reading)) },
  {
    label: 'Version',
    required: true,
    read: ({ span }, draft, reading) => void (draft.version = readVersion(span, reading)),
  },
  {
    label: 'Repository',
    read: ({ span }, draft, reading) => {
      const bare = reading.fixed(reading.bare(span));
      const value = bare && reading.token(bare, 'the URL of a git repository');
      draft.repository = value && readRepository(value, reading);
    },
  },
  ref('Branch/Tag'),
  ref('Branch'),
  ref('Tag'),
  {
    label: 'Artifact',
    read: ({ span }, _draft, reading) => {
      const message =
        'deploying a built artifact is not supported in this version; a release is made from the exact commit';
      reading.report.error(span, 'unsupported', message);
    },
  },
  {
    label: 'Environment',
    required: true,
    read: ({ span }, draft, reading) => void (draft.environments = readEnvironments(span, reading)),
  },
  {
    label: 'Cloud Provider',
    read: ({ span }, draft, reading) => void (draft.cloudProvider = reading.oneOf(span, providers)),
  },
  word('Region', 'region', 'a region'),
  word('Zone', 'zone', 'a zone'),
  pair('Region/Zone', 'region', 'zone'),
  word('Cluster', 'cluster', 'a cluster'),
  word('Namespace', 'namespace', 'a namespace'),
  pair('Cluster/Namespace', 'cluster', 'namespace'),
  {
    label: 'Hosts',
    read: ({ span }, _draft, reading) => {
      const message =
        'deploying to hosts over SSH is not supported in this version; it acts on the machine that the platform runs on';
      if (reading.bare(span).text.toLowerCase() !== 'local') reading.report.error(span, 'unsupported', message);
    },
  },
  {
    label: 'Base URL',
    read: ({ span }, draft, reading) => void (draft.baseUrl = reading.fixedUrl(span)?.replace(/\/+$/, '')),
  },
  {
    label: 'Window',
    repeats: true,
    read: ({ span }, draft, reading) => {
      const value = reading.bare(span);
      if (isWindow(value.text)) draft.windows.push(value.text);
      else
        reading.report.error(
          value,
          'bad-window',
          'expected days, times and a time zone, as Mon-Thu 09:00-16:00 Europe/Berlin',
        );
    },
  },
];

export const scopeLabels = scopeForms.map(({ label }) => label);

const parts: readonly SectionKey[] = ['scope', 'application', 'target'];

const requiredLines = [
  ['Name', 'application'],
  ['Version', 'application'],
  ['Environment', 'target'],
] as const;

/** Reads *Deployment Scope*; name, version and environment are required. */
export function readScope(outline: Outline, reading: Reading): Scope {
  const sections = parts.flatMap((key) => outline.sections.get(key) ?? []);
  const draft: Draft = { windows: [] };
  const lines = sections.flatMap((section) => section.lines).filter((line) => line.broken || !isNone(line.span.text));
  const seen = readForms(lines, scopeForms, draft, '*Deployment Scope*', reading);
  for (const [label, part] of requiredLines) {
    const section = outline.sections.get(part) ?? sections[0];
    if (section && !seen.has(label)) reportMissing(label, section, reading);
  }
  const { name = '', version = '', environments = [], ...rest } = withoutUndefined(draft);
  return { name, version, environments, ...rest };
}

function withoutUndefined(draft: Draft): Draft {
  return Object.fromEntries(Object.entries(draft).filter(([, value]) => value !== undefined)) as Draft;
}

function reportMissing(label: string, section: Section, reading: Reading): void {
  reading.report.error(
    section.heading,
    'missing-line',
    `*Deployment Scope* has no \`${label}:\`; add it`,
    `- ${label}: …`,
  );
}

function readName(span: Span, reading: Reading): string | undefined {
  const value = reading.bare(span);
  if (/^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?$/.test(value.text)) return value.text;
  const suggestion = value.text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  const message = `“${value.text}” is not a name; write at most 63 letters, digits and hyphens`;
  return reading.report.error(value, 'bad-name', message, suggestion ? `- Name: ${suggestion}` : undefined);
}

function readVersion(span: Span, reading: Reading): string | undefined {
  const value = reading.bare(span);
  if (/^[A-Za-z0-9][A-Za-z0-9._+-]{0,99}$/.test(value.text)) {
    warnOfFloatingVersion(value, reading.report);
    return value.text;
  }
  return reading.report.error(
    value,
    'bad-version',
    `“${value.text}” is not a version; write 2.4.0, v2.4.0 or 2024.06.1`,
  );
}

function readEnvironments(span: Span, reading: Reading): string[] {
  const text = reading.bare(span);
  const names: string[] = [];
  for (const found of text.text.matchAll(/[^,|/\s](?:[^,|/]*[^,|/\s])?/g)) {
    for (const name of found[0].split(/\s+(?:or|and)\s+/)) {
      const at = text.slice(found.index + found[0].indexOf(name)).slice(0, name.length);
      const environment = readEnvironment(reading.bare(at), reading);
      if (environment !== undefined && !names.includes(environment)) names.push(environment);
    }
  }
  return names;
}
