import { isMap, isScalar, LineCounter, type Node, type Pair } from 'yaml';
import { writtenYaml } from '../context/written-yaml.ts';
import { isNone } from './forms.ts';
import type { Outline, Section } from '../markdown/outline.ts';
import type { Report } from '../problems/report.ts';
import { sectionName, sectionParts, type SectionKey } from '../markdown/sections.ts';
import { start, type Place } from '../markdown/span.ts';

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
      report.error(
        start,
        'missing-section',
        `the section *${sectionName(key)}* is missing; add it`,
        `## ${sectionName(key)}`,
      );
  }
  for (const key of expected) {
    const message = `the section *${sectionName(key)}* is missing; criteria that rest on it stay unmet; add \`## ${sectionName(key)}\``;
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
  if (section.value && !isNone(section.value.text) && section.key !== 'rollback-time') {
    report.error(
      section.value,
      'misplaced-line',
      `nothing stands behind “${sectionName(section.key)}”; write bullets below it`,
    );
  }
  if (withFences.includes(section.key)) return;
  for (const { at } of section.fences)
    report.error(at, 'stray-fence', `no fence is read in *${sectionName(section.key)}*; write bullets`);
}

/** `deployment: 1` has chosen the version of the language; nothing else has a meaning. */
export function readFrontMatter(outline: Outline, report: Report): void {
  if (!outline.frontMatter) return;
  const { at, text } = outline.frontMatter;
  const lines = new LineCounter();
  const placeOf = (node: Node): Place => {
    const { line, col } = lines.linePos(node.range![0]);
    return { line: at.line + line, column: col };
  };
  const entries = frontMatterEntries(text, lines);
  if (!entries)
    return report.error({ line: at.line + 1, column: 1 }, 'front-matter', 'expected YAML of names and values');
  for (const { key } of entries) {
    const name = isScalar(key) ? String(key.value) : '';
    if (name !== 'deployment')
      report.warn(placeOf(key), 'front-matter', `“${name}” has no meaning here; write \`deployment: 1\` or nothing`);
  }
}

type Entry = Pair<Node, Node | null>;

function frontMatterEntries(text: string, lineCounter: LineCounter): Entry[] | undefined {
  try {
    const { contents, errors } = writtenYaml(text, lineCounter);
    if (errors.length > 0) return undefined;
    if (contents === null) return [];
    return isMap<Node, Node | null>(contents) ? contents.items : undefined;
  } catch {
    return undefined;
  }
}
