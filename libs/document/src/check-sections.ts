import { parse } from 'yaml';
import { isNone } from './forms.ts';
import type { Outline, Section } from './outline.ts';
import type { Report } from './report.ts';
import { sectionName, sectionParts, type SectionKey } from './sections.ts';

const start = { line: 1, column: 1 };

/** Without these a document is none. */
const required: readonly SectionKey[] = ['scope', 'deploy'];
/** Without these something stays unproved. */
const expected: readonly SectionKey[] = [
  'configuration',
  'rollback',
  'smoke',
  'monitoring',
  'documentation',
  'dependencies',
  'criteria',
];
/** Sections whose lines stand in their parts only. */
const containers: readonly SectionKey[] = ['procedure', 'configuration', 'smoke', 'dependencies'];
const withFences: readonly SectionKey[] = ['variables', 'monitoring', 'metrics', 'thresholds'];

export function checkSections(outline: Outline, report: Report): void {
  for (const section of outline.sections.values()) checkContent(section, report);
  if (report.has('unclosed-fence')) return;
  for (const key of required) {
    if (!isPresent(key, outline))
      report.error(start, 'missing-section', `the section *${sectionName(key)}* is missing`, `## ${sectionName(key)}`);
  }
  for (const key of expected) {
    const message = `the section *${sectionName(key)}* is missing; criteria that rest on it stay unmet`;
    if (!isPresent(key, outline)) report.warn(start, 'missing-section', message, `## ${sectionName(key)}`);
  }
}

function isPresent(key: SectionKey, outline: Outline): boolean {
  return [key, ...(sectionParts[key] ?? [])].some((part) => outline.sections.has(part));
}

function checkContent(section: Section, report: Report): void {
  const parts = (section.key === 'procedure' ? (['pre', 'deploy', 'post'] as const) : sectionParts[section.key]) ?? [];
  if (containers.includes(section.key)) {
    for (const line of section.lines) {
      if (line.broken || isNone(line.span.text)) continue;
      const names = parts.map((part) => `*${sectionName(part)}*`).join(', ');
      report.error(line.span, 'misplaced-line', `lines of *${sectionName(section.key)}* stand under ${names}`);
    }
  }
  if (section.value && section.key !== 'rollback-time') {
    report.error(
      section.value,
      'misplaced-line',
      `nothing stands behind “${sectionName(section.key)}”; write bullets below it`,
    );
  }
  if (withFences.includes(section.key)) return;
  for (const { at } of section.fences)
    report.error(at, 'stray-fence', `no fence is read in *${sectionName(section.key)}*`);
}

/** `deployment: 1` pins the version of the language; nothing else has a meaning. */
export function readFrontMatter(outline: Outline, report: Report): void {
  if (!outline.frontMatter) return;
  const { at, text } = outline.frontMatter;
  const place = { line: at.line + 1, column: 1 };
  const entries = frontMatterEntries(text);
  if (!entries) return report.error(place, 'front-matter', 'the front matter is no YAML of names and values');
  for (const [key, value] of entries) {
    if (key !== 'deployment')
      report.warn(place, 'front-matter', `“${key}” in the front matter has no meaning; only \`deployment: 1\` has`);
    else if (value !== 1)
      report.error(
        place,
        'grammar-version',
        `this version reads \`deployment: 1\`, not ${JSON.stringify(value)}`,
        'deployment: 1',
      );
  }
}

function frontMatterEntries(text: string): [string, unknown][] | undefined {
  try {
    const value: unknown = parse(text, { maxAliasCount: 0 });
    if (value === null) return [];
    return typeof value === 'object' && !Array.isArray(value) ? Object.entries(value) : undefined;
  } catch {
    return undefined;
  }
}
