import { match, pattern } from '../markdown/code-spans.ts';
import type { CriterionNode, DocumentationNode } from './nodes.ts';
import { readDuty, readEvidence } from '../values/evidence.ts';
import { readForms, type Forms } from './forms.ts';
import { looksLikeLimit, readLimits } from '../values/limits.ts';
import type { Queries } from '../values/metrics.ts';
import { meantLine } from '../problems/meant-line.ts';
import type { Line, Outline } from '../markdown/outline.ts';
import type { CriterionRule, Proof, Relation } from '../plan/criteria.ts';
import { linesOf } from './read-configuration.ts';
import { readEnvironment } from '../values/environments.ts';
import type { Reading } from './reading.ts';
import type { SectionKey } from '../markdown/sections.ts';
import type { Span } from '../markdown/span.ts';
import { isRange } from '../values/version-range.ts';

interface ProofDraft {
  proof?: Proof;
}

const proofForms: Forms<ProofDraft> = [
  {
    label: 'Evidence',
    read: ({ span }, draft, reading) => {
      const evidence = readEvidence(span, reading);
      if (evidence) draft.proof = { kind: 'evidence', evidence };
    },
  },
  {
    label: 'Manual',
    read: ({ span }, draft, reading) => {
      const duty = readDuty(span, reading);
      if (duty) draft.proof = { kind: 'manual', duty };
    },
  },
];

/** The proof in the sub-bullets of a line; `broken` where there is one that cannot be read. */
function readProof(line: Line, reading: Reading): Proof | 'broken' | undefined {
  const draft: ProofDraft = {};
  const before = reading.report.errorCount;
  const seen = readForms(line.children, proofForms, draft, 'a line to be proved', reading);
  for (const { at } of line.fences) reading.report.error(at, 'stray-fence', 'this line takes no fence; remove it');
  if (seen.size > 1) {
    const message = 'a line is proved by `Evidence:` or `Manual:`, not by both; remove one of them';
    reading.report.error(line.children.at(-1)!.span, 'two-actions', message);
  }
  const broken = reading.report.errorCount > before || line.damaged;
  return broken ? 'broken' : draft.proof;
}

const updates: readonly { key: string; text: string; pattern: RegExp }[] = [
  { key: 'CHANGELOG', text: 'CHANGELOG updated with deployment notes', pattern: /^changelog updated/i },
  { key: 'runbook', text: 'Deployment runbook updated', pattern: /^(?:deployment )?runbook updated/i },
  { key: 'Architecture', text: 'Architecture diagrams updated', pattern: /^architecture (?:diagrams? )?updated/i },
  { key: 'API', text: 'API documentation updated', pattern: /^api (?:documentation )?updated/i },
  {
    key: 'Configuration',
    text: 'Configuration documentation updated',
    pattern: /^configuration (?:documentation )?updated/i,
  },
];

/** Reads *Update Required*. */
export function readDocumentation(outline: Outline, reading: Reading): DocumentationNode[] {
  const lines = [
    ...linesOf(outline.sections.get('documentation'), reading),
    ...linesOf(outline.sections.get('updates'), reading),
  ];
  return lines.flatMap((line) => {
    const proof = readProof(line, reading);
    if (proof === 'broken') return [];
    const key = updates.find(({ pattern }) => pattern.test(line.span.text))?.key;
    if (!proof && !key)
      return reportUnproved(
        line.span,
        updates.map(({ text }) => text),
        reading,
      );
    const optional = /\(if [^()]*\)$/i.test(line.span.text);
    return [
      {
        text: line.span.text,
        ...(key && { key }),
        optional,
        ...(proof && { proof }),
        source: { line: line.span.line },
      },
    ];
  });
}

function reportUnproved(span: Span, texts: readonly string[], reading: Reading): [] {
  const meant = meantLine(span.text, texts);
  const way = meant
    ? 'write the line that is proved from records'
    : 'add `- Evidence:` or `- Manual: confirmed by DUTY` below it';
  const message = `nothing proves “${span.text}”; ${way}${meant ? `; did you mean “${meant}”?` : ''}`;
  reading.report.error(span, 'missing-line', message, meant ?? '  - Manual: confirmed by DUTY');
  return [];
}

const deployment = pattern(
  String.raw`(?:the )?deployment of (?<service>[A-Za-z0-9][\w-]*) (?<range>[<>=~^]{0,2}\s*v?\d\S*|\S+) to (?<environment>[A-Za-z][\w-]*)\.?`,
);

/** Reads *Blocked By* or *Blocks*. */
export function readRelations(
  outline: Outline,
  key: SectionKey & ('blocked-by' | 'blocks'),
  reading: Reading,
): Relation[] {
  return linesOf(outline.sections.get(key), reading).flatMap((line): Relation[] => {
    const proof = readProof(line, reading);
    if (proof === 'broken') return [];
    const source = { line: line.span.line };
    if (proof?.kind === 'manual') return [{ text: line.span.text, rule: { kind: 'manual', duty: proof.duty }, source }];
    const groups = match(line.span, deployment);
    if (!groups || proof) return reportRelation(line.span, reading);
    const { service, range, environment } = groups;
    const target = readEnvironment(environment!, reading);
    if (target === undefined) return [];
    if (!isRange(range!.text)) {
      reading.report.error(
        range!,
        'bad-version',
        `“${range!.text}” is not a version or range; write 1.8.0 or >= 1.8.0`,
      );
      return [];
    }
    return [
      {
        text: line.span.text,
        rule: {
          kind: 'deployment',
          service: service!.text,
          range: range!.text,
          environment: target,
        },
        source,
      },
    ];
  });
}

function reportRelation(span: Span, reading: Reading): [] {
  const message = `“${span.text}” cannot be checked; write “deployment of SERVICE VERSION to ENVIRONMENT”, or add \`- Manual: confirmed by DUTY\``;
  reading.report.error(span, 'unknown-line', message, '  - Manual: confirmed by DUTY');
  return [];
}

type ComputedRule = Exclude<CriterionRule['kind'], 'limit' | 'evidence' | 'manual'>;

const computed: readonly { kind: ComputedRule; text: string; pattern: RegExp }[] = [
  { kind: 'tests-passed', text: 'All integration tests passed', pattern: /^(?:all )?integration tests passed$/ },
  { kind: 'scans-passed', text: 'Security scans passed', pattern: /^security scans passed$/ },
  {
    kind: 'validated-in-staging',
    text: 'Deployment procedure validated in staging',
    pattern: /^deployment procedure validated in staging$/,
  },
  {
    kind: 'rollback-tested',
    text: 'Rollback procedure tested successfully',
    pattern: /^rollback procedure tested(?: successfully)?$/,
  },
  { kind: 'smoke-tests-tested', text: 'Smoke tests defined and tested', pattern: /^smoke tests defined and tested$/ },
  {
    kind: 'dashboards-configured',
    text: 'Monitoring dashboards configured',
    pattern: /^monitoring dashboards configured$/,
  },
  { kind: 'documentation-updated', text: 'Documentation updated', pattern: /^documentation updated$/ },
  { kind: 'team-notified', text: 'Team notified of deployment', pattern: /^team notified of deployment$/ },
  { kind: 'executed', text: 'Deployment executed successfully', pattern: /^deployment executed(?: successfully)?$/ },
  { kind: 'smoke-tests-passed', text: 'Smoke tests passed in production', pattern: /^smoke tests passed in (\S+)$/ },
  { kind: 'no-critical-errors', text: 'No critical errors in logs', pattern: /^no critical errors in logs?$/ },
  {
    kind: 'performance-acceptable',
    text: 'Performance metrics within acceptable range',
    pattern: /^performance metrics within acceptable range$/,
  },
];

/** Reads *Acceptance Criteria*; `environments` are those of the scope. */
export function readCriteria(
  outline: Outline,
  environments: readonly string[],
  queries: Queries,
  reading: Reading,
): CriterionNode[] {
  return linesOf(outline.sections.get('criteria'), reading).flatMap((line) => {
    const proof = readProof(line, reading);
    if (proof === 'broken') return [];
    const { text, line: number } = line.span;
    if (proof) return [{ text, line: number, rule: proof }];
    return readRules(line.span, environments, queries, reading).map((rule) => ({ text, line: number, rule }));
  });
}

function readRules(
  span: Span,
  environments: readonly string[],
  queries: Queries,
  reading: Reading,
): CriterionNode['rule'][] {
  const plain = span.text
    .replace(/\s*\([^()]*\)$/, '')
    .replace(/[.;]+$/, '')
    .replace(/\s+/g, ' ')
    .toLowerCase();
  for (const { kind, pattern } of computed) {
    const found = pattern.exec(plain);
    if (!found) continue;
    if (found[1] === undefined || environments.length === 0 || environments.includes(found[1])) return [{ kind }];
    const message = `the scope deploys to ${environments.join(', ')}, not to ${found[1]}; make them equal`;
    const at = span.slice(span.text.toLowerCase().lastIndexOf(found[1]));
    reading.report.error(at, 'environment-mismatch', message);
    return [];
  }
  if (looksLikeLimit(span)) return readLimits(span, queries, reading).map((limit) => ({ kind: 'limit', limit }));
  return reportUnproved(
    span,
    computed.map(({ text }) => text.replace('production', environmentMeant(span.text, environments))),
    reading,
  );
}

/** The environment that a line speaks of; for a line that names none, the last of the scope's. */
function environmentMeant(text: string, environments: readonly string[]): string {
  const words = text.toLowerCase().split(/[^a-z0-9-]+/);
  return environments.find((name) => words.includes(name)) ?? environments.at(-1) ?? 'production';
}
