import { checkAcross } from './check-across.ts';
import { checkSections, readFrontMatter } from './check-sections.ts';
import type { DeploymentDocument, StepNode } from './document.ts';
import type { SecretNode } from './nodes.ts';
import { splitLabel } from './forms.ts';
import { readUnder, type Grammar, type Parsed } from './grammars.ts';
import { meantSection } from './meant-section.ts';
import { readOutline, type Outline, type Recognition } from '../markdown/outline.ts';
import type { Stage } from '../plan/values.ts';
import type { EnvironmentVariable } from '../plan/configuration.ts';
import { readDependencies, readSecrets, readVariables } from './read-configuration.ts';
import { readCriteria, readDocumentation, readRelations } from './read-criteria.ts';
import { monitoringLabels, readMonitoring, readQueries, withQueries } from './read-monitoring.ts';
import { readRollback, rollbackLabels } from './read-rollback.ts';
import { readScope, scopeLabels } from './read-scope.ts';
import { flowLabels, readFlows } from './read-flows.ts';
import { readHealthChecks } from './read-health.ts';
import { readSteps, stepLabels } from './read-steps.ts';
import { Reading } from './reading.ts';
import { Report } from '../problems/report.ts';
import type { SectionKey } from '../markdown/sections.ts';
import { Span } from '../markdown/span.ts';
import { controlCharacter } from '../markdown/traps.ts';
import { warnOfNoFlow } from './unwise.ts';
import { budgets } from '../values/budgets.ts';
import { Expansion, templatesOf } from '../values/expansion.ts';
import { checkReferences, holdersOf, knownNames, type Reference } from '../values/variables.ts';

const labels = new Set(
  [...scopeLabels, ...stepLabels, ...flowLabels, ...monitoringLabels, ...rollbackLabels].map((label) =>
    label.toLowerCase(),
  ),
);

function isLabel(text: string): boolean {
  const split = splitLabel(new Span(text, 1, 1));
  return /^watch for \d/i.test(text) || (split !== undefined && labels.has(split.label.text.toLowerCase()));
}

const recognition: Recognition = {
  isLabel,
  meantSection: (within, list, isThere) => meantSection(within, list, isThere, isLabel),
};

/** The versions of the language, the newest last. */
export const grammars: readonly Grammar[] = [{ version: 1, parse: parseVersion1 }];

/** Reads a deployment document: total, pure, linear; never throws and never takes a part of a document for the whole. */
export function parseDocument(text: string, known = grammars): Parsed {
  return readUnder(known, text);
}

function parseVersion1(source: string): Parsed {
  const report = new Report();
  reportControlCharacters(source, report);
  const outline = readOutline(source, recognition, report);
  const document = readDocument(outline, report);
  return report.errorCount > 0
    ? { ok: false, problems: report.problems, understood: document }
    : { ok: true, document, warnings: report.problems };
}

function reportControlCharacters(source: string, report: Report): void {
  if (!controlCharacter.test(source)) return;
  for (const [index, line] of source.split('\n').entries()) {
    const found = controlCharacter.exec(line);
    if (!found) continue;
    const code = found[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
    report.error(
      { line: index + 1, column: found.index + 1 },
      'control-character',
      `the line has the invisible character U+${code}; remove it`,
    );
  }
}

function readDocument(outline: Outline, report: Report): DeploymentDocument {
  const reading = new Reading(report);
  readFrontMatter(outline, report);
  checkSections(outline, report);
  const scope = readScope(outline, reading);
  const fences = readQueries(outline, reading);
  const queries = new Map([...fences].map(([name, { query }]) => [name, query]));
  const readStage = (stage: Stage): StepNode[] => readSteps(outline.sections.get(stageSections[stage]), stage, reading);
  const before = report.errorCount;
  const variables = readVariables(outline, scope.environments, reading);
  const secrets = readSecrets(outline, scope.environments, reading);
  const areDeclared = report.errorCount === before;
  const document = {
    grammar: 1,
    ...(outline.title && { title: outline.title.text }),
    scope,
    steps: [...readStage('pre'), ...readStage('deploy'), ...readStage('post')],
    variables,
    secrets,
    dependencies: readDependencies(outline, reading),
    smokeTests: readFlows(outline, reading),
    healthChecks: readHealthChecks(outline, reading),
    monitoring: withQueries(readMonitoring(outline, queries, reading), fences),
    rollback: readRollback(outline, readStage('rollback'), queries, reading),
    documentation: readDocumentation(outline, reading),
    blockedBy: readRelations(outline, 'blocked-by', reading),
    blocks: readRelations(outline, 'blocks', reading),
    criteria: readCriteria(outline, scope.environments, queries, reading),
    columns: columnsOf(outline),
  };
  const complete = { ...document, undecided: checkVariables(reading, variables, secrets, areDeclared) };
  checkAcross(complete, outline, report);
  warnOfNoFlow(outline, scope.environments, report);
  return complete;
}

const stageSections: Record<Stage, SectionKey> = {
  pre: 'pre',
  deploy: 'deploy',
  post: 'post',
  rollback: 'rollback-steps',
};

function columnsOf(outline: Outline): Map<number, number> {
  const lines = [...outline.sections.values()].flatMap((section) => section.lines);
  return new Map(lines.flatMap((line) => [line, ...line.children]).map(({ span }) => [span.line, span.column]));
}

/**
 * References that nothing declares are errors, unless bindings, or a declaration that could not be read, may name what they mean.
 * Bindings may also make a secret of what a variable refers to, and so of the variable.
 */
function checkVariables(
  reading: Reading,
  variables: readonly EnvironmentVariable[],
  secrets: readonly SecretNode[],
  areDeclared: boolean,
): Reference[] {
  const known = knownNames(variables, secrets);
  const unknown = reading.references
    .map(({ name }) => name)
    .filter((name) => !known.variables.has(name) && !known.secrets.has(name));
  const depending = holdersOf(unknown, variables);
  const isUndecided = ({ name }: Reference): boolean => depending.has(name) && !known.secrets.has(name);
  const isOpen = !areDeclared || secrets.some(({ names }) => !names);
  const undecided = isOpen ? reading.references.filter(isUndecided) : [];
  checkReferences(
    reading.references.filter((reference) => !undecided.includes(reference)),
    known,
    reading.report,
  );
  checkExpansion(reading, variables);
  return undecided;
}

/** What stands for more than its budget is refused where it is written, before anything is put together. */
function checkExpansion({ references, report }: Reading, variables: readonly EnvironmentVariable[]): void {
  const expansion = new Expansion(templatesOf(variables), () => 0);
  for (const { name, message } of expansion.problems) {
    const { line } = variables.find((variable) => variable.name === name)!.source;
    report.error({ line, column: 1 }, 'expansion', `${name} ${message}`);
  }
  const sizes = new Map<number, number>();
  for (const { name, at } of references.filter(({ inShell }) => !inShell)) {
    const before = sizes.get(at.line) ?? 0;
    sizes.set(at.line, before + expansion.sizeOf(`\${${name}}`));
    if (before <= budgets.expansion.text && sizes.get(at.line)! > budgets.expansion.text)
      report.error(
        at,
        'expansion',
        `this line is longer than ${budgets.expansion.text / 1024 ** 2} MiB with its variables in place`,
      );
  }
}
