import { reservedBecause } from '../values/reserved-names.ts';
import { codeContent, match, pattern } from '../markdown/code-spans.ts';
import type { DependencyNode, SecretNode } from './nodes.ts';
import { isNone, readForms, rejectNested, type Forms } from './forms.ts';
import type { Line, Outline, Section } from '../markdown/outline.ts';
import type { Command } from '../plan/values.ts';
import type { Dependency, EnvironmentVariable } from '../plan/configuration.ts';
import { ownShell, type Reading } from './reading.ts';
import type { Span } from '../markdown/span.ts';
import { reportPlaceholder } from '../markdown/traps.ts';
import { readAssigned } from '../values/assignments.ts';
import { isRange, isMinimumVersion } from '../values/version-range.ts';

/** The lines of a section, without a `none` that stands alone. */
export function linesOf(section: Section | undefined, reading: Reading): Line[] {
  if (!section) return [];
  const isOnly = section.lines.length === 1;
  return section.lines.filter((line) => {
    if (line.broken) return false;
    if (!isNone(line.span.text)) return true;
    if (!isOnly)
      reading.report.error(line.span, 'none-with-others', '“none” stands beside other lines; remove one or the other');
    return false;
  });
}

/** Reads the fence under *Required Environment Variables*. */
export function readVariables(
  outline: Outline,
  environments: readonly string[],
  reading: Reading,
): EnvironmentVariable[] {
  const section = outline.sections.get('variables');
  const variables = new Map<string, EnvironmentVariable>();
  for (const line of linesOf(section, reading)) {
    reading.report.error(line.span, 'misplaced-line', 'environment variables stand in a fence, one KEY=value per line');
  }
  for (const span of section?.fences.flatMap(({ lines }) => lines) ?? []) {
    const variable = readVariable(span, environments, reading);
    if (variable && variables.has(variable.name)) {
      reading.report.error(
        span,
        'repeated-line',
        `${variable.name} stands twice; remove one of them, the first is in line ${variables.get(variable.name)!.source.line}`,
      );
    } else if (variable) variables.set(variable.name, variable);
  }
  return [...variables.values()];
}

function readVariable(span: Span, environments: readonly string[], reading: Reading): EnvironmentVariable | undefined {
  if (/^\s*(?:#|$)/.test(span.text)) return undefined;
  const found = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)=/.exec(span.text);
  if (!found)
    return reading.report.error(
      span.trim(),
      'bad-value',
      `expected KEY=value, KEY=<secret: NAME> or KEY=<what it is>, not “${span.text.trim()}”`,
    );
  const written = span.slice(found[0].length);
  const hint = /^\s*<(.*?)>(?:\s+#.*|\s*)$/.exec(written.text)?.[1];
  const base = { name: found[1]!, source: { line: span.line } };
  if (hint === undefined) return readValue(written, base, reading);
  const secret = /^\s*secret\s*:\s*(.*?)\s*$/i.exec(hint)?.[1];
  if (secret === undefined) {
    const name = span.slice(span.text.indexOf(base.name)).slice(0, base.name.length);
    return isReserved(name, environments, reading) ? undefined : { ...base, from: 'provided', hint: hint.trim() };
  }
  const named = written.slice(written.text.indexOf(secret)).slice(0, secret.length);
  if (isName(secret)) return isReserved(named, environments, reading) ? undefined : { ...base, from: 'secret', secret };
  const message = `“${secret}” is not a name of a secret; write <secret: ${base.name}>`;
  return reading.report.error(written.trim(), 'bad-name', message);
}

function readValue(
  span: Span,
  base: Pick<EnvironmentVariable, 'name' | 'source'>,
  reading: Reading,
): EnvironmentVariable | undefined {
  const read = readAssigned(span.text, 0);
  if (!read.ok) return reading.report.error(span.slice(read.at), 'bad-value', read.message);
  if (/^\s*\[/.test(span.text) && /^\[[^[\]"]*[A-Za-z][^[\]"]*\]$/.test(read.value)) {
    const at = span.text.indexOf('[');
    return reportPlaceholder(span.slice(at, at + read.value.length), reading.report);
  }
  reading.text(span.slice(0, read.end));
  return { ...base, from: 'value', value: read.value };
}

/** Reports a name that is the platform's, or another environment's. */
function isReserved(name: Span, environments: readonly string[], reading: Reading): boolean {
  const message = reservedBecause(name.text, environments);
  if (message !== undefined) reading.report.error(name, 'reserved-name', message);
  return message !== undefined;
}

function isName(text: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(text);
}

/** Reads *Required Secrets*: names in backticks, or a title to which bindings give names. */
export function readSecrets(outline: Outline, environments: readonly string[], reading: Reading): SecretNode[] {
  return linesOf(outline.sections.get('secrets'), reading).flatMap((line) => {
    rejectNested(line, false, reading);
    return readSecret(line.span, environments, reading) ?? [];
  });
}

function readSecret(span: Span, environments: readonly string[], reading: Reading): SecretNode | undefined {
  const open = /\s*[(:]\s*/.exec(span.text) ?? (span.text.startsWith('`') ? { index: 0 } : undefined);
  const title = span.slice(0, open?.index).trim();
  if (open && isNone(span.slice(open.index).text.replace(/^[\s(:]+|\)$/g, ''))) return undefined;
  const codes = [...span.text.matchAll(/`+([^`]*)`+/g)];
  const source = { line: span.line };
  if (codes.length === 0) return { title: title.text, source };
  const names = codes.map((code) =>
    span
      .slice(code.index + code[0].indexOf(code[1]!))
      .slice(0, code[1]!.length)
      .trim(),
  );
  for (const name of names) {
    if (!isName(name.text))
      return reading.report.error(name, 'bad-name', `“${name.text}” is not a name of a secret; write \`API_TOKEN\``);
    if (isReserved(name, environments, reading)) return undefined;
  }
  return { title: title.isEmpty ? names[0]!.text : title.text, names: names.map(({ text }) => text), source };
}

interface DependencyDraft {
  probe?: Command;
}

const dependencyForms: Forms<DependencyDraft> = [
  {
    label: 'Probe',
    read: ({ span }, draft, reading) => {
      const probe = reading.command(span, false, ownShell);
      if (probe) draft.probe = probe;
    },
  },
];

const titled = /^([^:`]{1,80}?)\s*:\s+/;
const address = String.raw`(?: at (?<url>CODE|\S+))?`;
const database = pattern(String.raw`(?<engine>postgres(?:ql)?) (?<version>\d[\d.]*\+?)${address}`);
const cache = pattern(String.raw`(?<engine>redis) (?<version>\d[\d.]*\+?)${address}`);
const configured = pattern(
  String.raw`(?:[^\uE000]*?)(?:configured|ready|installed|available|reachable|running)${address}`,
);
const distribution = pattern(String.raw`CloudFront distribution (?<id>CODE|[A-Z0-9]{8,}) ready`);
const cdn = pattern(String.raw`.*ready${address}`);
const service = pattern(String.raw`(?<service>[A-Za-z0-9][\w-]*) (?<range>[<>=~^]{0,2}\s*v?\d[\w.+-]*)`);

/** Reads *Infrastructure Dependencies*. */
export function readDependencies(outline: Outline, reading: Reading): DependencyNode[] {
  return linesOf(outline.sections.get('infrastructure'), reading).flatMap(
    (line) => readDependency(line, reading) ?? [],
  );
}

function readDependency(line: Line, reading: Reading): DependencyNode | undefined {
  const draft: DependencyDraft = {};
  const before = reading.report.errorCount;
  readForms(line.children, dependencyForms, draft, 'a dependency', reading);
  for (const { at } of line.fences)
    reading.report.error(at, 'stray-fence', 'a dependency takes no fence; add `- Probe:` with a command');
  const title = titled.exec(line.span.text);
  const name = title ? title[1]! : line.span.text;
  const source = { line: line.span.line };
  if (draft.probe) return { title: name, check: { kind: 'command', command: draft.probe }, source };
  if (reading.report.errorCount > before || line.damaged) return undefined;
  if (!title) return reportDependency(line.span, reading);
  const value = line.span.slice(title[0].length);
  if (isNone(value.text)) return undefined;
  const check = readCheck(name, value, reading);
  if (check === undefined) return undefined;
  return { title: name, ...(check === 'profile' ? {} : { check }), source };
}

/** The check that the value asks for; `profile` where the address is left to the profile. */
function readCheck(title: string, span: Span, reading: Reading): Dependency['check'] | 'profile' | undefined {
  const sql = match(span, database);
  if (sql) return versioned('postgresql', sql, '${DATABASE_URL}', reading);
  const redis = match(span, cache);
  if (redis) return versioned('redis', redis, '${REDIS_URL}', reading);
  const otherVersion = /^(?:database|cache)$/i.test(title) && /^([A-Za-z][\w ]*?)\s+v?\d[\d.]*\+?/.exec(span.text);
  if (otherVersion) {
    return reading.report.error(
      span,
      'unsupported',
      `${otherVersion[1]} cannot be checked in this version; add \`- Probe:\` with a command`,
    );
  }
  const running = /^service$/i.test(title) ? match(span, service) : undefined;
  if (running) return readService(running, reading);
  const cloudFront = match(span, distribution);
  if (cloudFront) return readDistribution(cloudFront['id']!, reading);
  const replies = match(span, configured) ?? match(span, cdn);
  if (!replies) return reportDependency(span, reading);
  if (!replies['url']) return 'profile';
  const url = reading.url(replies['url']);
  return url === undefined ? undefined : { kind: 'url', url };
}

function versioned(
  kind: 'postgresql' | 'redis',
  groups: Partial<Record<string, Span>>,
  usual: string,
  reading: Reading,
): Dependency['check'] | undefined {
  const version = groups['version']!;
  const minimum = version.text.replace(/\+$/, '');
  if (!isMinimumVersion(minimum))
    return reading.report.error(version, 'bad-version', `“${version.text}” is not a version; write 14+ or 6.2+`);
  const at = groups['url'];
  const url = at ? reading.text(codeContent(at) ?? at).text : usual;
  if (!at) reading.references.push({ name: usual.slice(2, -1), at: version, inCommand: false });
  return { kind, minimum, url };
}

function readDistribution(id: Span, reading: Reading): Dependency['check'] | undefined {
  const bare = codeContent(id) ?? id;
  if (!/^[A-Z0-9]+$/.test(bare.text))
    return reading.report.error(
      bare,
      'bad-name',
      `“${bare.text}” is not an id of a distribution; write one as \`E2QWRUHEXAMPLE\``,
    );
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'])
    reading.references.push({ name, at: bare, inCommand: false });
  return { kind: 'cloudfront', distribution: bare.text };
}

function readService(groups: Partial<Record<string, Span>>, reading: Reading): Dependency['check'] | undefined {
  const range = groups['range']!;
  if (isRange(range.text)) return { kind: 'service', service: groups['service']!.text, range: range.text };
  return reading.report.error(range, 'bad-version', `“${range.text}” is not a version range; write >= 1.8.0`);
}

function reportDependency(span: Span, reading: Reading): undefined {
  const examples = 'Database: PostgreSQL 14+ · Cache: Redis 6+ · NAME: configured at `url` · Service: NAME >= 1.8.0';
  const message = `“${span.text}” cannot be checked; write ${examples}, or add \`- Probe:\` with a command`;
  return reading.report.error(span, 'unknown-line', message, '  - Probe: `command`');
}
