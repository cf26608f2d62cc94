import { kindOf, phraseNamed } from '../steps/lookup.ts';
import type { DeploymentDocument, StepNode } from './document.ts';
import { isNone } from './forms.ts';
import { listed } from '../problems/issue-message.ts';
import type { Outline } from '../markdown/outline.ts';
import type { Report } from '../problems/report.ts';
import type { Place } from '../markdown/span.ts';
import { asksPrometheus, insteadOfPrometheus } from '../values/metric-sources.ts';

/** Checks what one line says against what others say. */
export function checkAcross(document: DeploymentDocument, outline: Outline, report: Report): void {
  for (const step of [...document.steps, ...document.rollback.steps]) {
    if (step.meaning.kind === 'phrase') checkPhrase(step, step.meaning, document, outline, report);
  }
  checkChangedDatabases(document, outline, report);
  checkQuerySource(document, report);
  checkAlertSource(document, report);
  const deploy = outline.sections.get('deploy');
  const isEmpty = deploy?.lines.every((line) => !line.broken && isNone(line.span.text));
  if (deploy && isEmpty && !report.has('unclosed-fence')) {
    report.error(deploy.heading, 'missing-line', '*Deployment Steps* has no step');
  }
}

export function placeOf(line: number, document: DeploymentDocument): Place {
  return { line, column: document.columns.get(line) ?? 1 };
}

type Phrase = Extract<StepNode['meaning'], { kind: 'phrase' }>;

function checkPhrase(
  step: StepNode,
  meaning: Phrase,
  document: DeploymentDocument,
  outline: Outline,
  report: Report,
): void {
  const title = placeOf(step.source.line, document);
  const at = argumentOf(step.source.line, meaning.argument, outline) ?? title;
  const { argument, phrase: name } = meaning;
  const phrase = phraseNamed(name);
  if (phrase.namesEnvironment) checkEnvironment(argument, at, document, report);
  phrase.check?.({
    argument,
    at,
    title,
    document,
    outline,
    report,
    isComplete: () => isComplete(document, outline),
  });
}

/** Where the argument of a phrase stands, in its title or below it. */
function argumentOf(line: number, argument: string | undefined, outline: Outline): Place | undefined {
  if (argument === undefined) return undefined;
  const step = [...outline.sections.values()].flatMap(({ lines }) => lines).find(({ span }) => span.line === line);
  const spans = step ? [step.span, ...step.children.map(({ span }) => span)] : [];
  const found = spans.find(({ text }) => text.includes(argument));
  return found?.slice(found.text.lastIndexOf(argument)).trim();
}

/** Whether every step of the procedure could be read, so that an absent one is absent. */
function isComplete({ steps }: DeploymentDocument, outline: Outline): boolean {
  return (['pre', 'deploy', 'post'] as const).every((key) => {
    const lines = outline.sections.get(key)?.lines.filter(({ span }) => !isNone(span.text)) ?? [];
    return lines.length === steps.filter(({ stage }) => stage === key).length;
  });
}

function checkEnvironment(name: string | undefined, at: Place, document: DeploymentDocument, report: Report): void {
  const { environments } = document.scope;
  const wanted = name?.toLowerCase();
  if (!wanted || wanted === 'target environment' || wanted.includes('${') || environments.length === 0) return;
  if (environments.includes(wanted)) return;
  report.error(
    at,
    'environment-mismatch',
    `the scope deploys to ${environments.join(', ')}, this line to ${name}; make them equal`,
  );
}

/** A name that nothing else bears is a slip, by which a restore would be skipped that is needed. */
function checkChangedDatabases(document: DeploymentDocument, outline: Outline, report: Report): void {
  if (!isComplete(document, outline)) return;
  const { dependencies, steps, rollback } = document;
  const known = new Set([
    ...dependencies.flatMap(({ check }) => (check?.kind === 'postgresql' ? [check.url] : [])),
    ...steps.flatMap(({ meaning }) => (meaning.kind === 'action' ? kindOf(meaning.action).saves(meaning.action) : [])),
  ]);
  for (const { modifiers, source } of [...steps, ...rollback.steps]) {
    const named = Array.isArray(modifiers.changesDatabase) ? modifiers.changesDatabase : [];
    const unknown = named.find((url) => !known.has(url));
    if (unknown === undefined) continue;
    const choices = ['yes', 'no', ...[...known].map((url) => `\`${url}\``)];
    const message = `no backup and no dependency names the database “${unknown}”; write ${listed(choices)}`;
    const at = argumentOf(source.line, unknown, outline) ?? placeOf(source.line, document);
    report.error(at, 'unknown-database', message, 'Changes database: yes');
  }
}

/** Only Prometheus knows of alerts. */
function checkAlertSource(document: DeploymentDocument, report: Report): void {
  const { monitoring, rollback } = document;
  if (!monitoring.source || asksPrometheus(monitoring.source)) return;
  for (const { rule, source } of rollback.triggers) {
    if (rule.kind !== 'alert') continue;
    const message = `a trigger on an alert needs Prometheus; ${insteadOfPrometheus(monitoring.source)}`;
    report.error(placeOf(source.line, document), 'unsupported', message);
  }
}

function checkQuerySource({ monitoring }: DeploymentDocument, report: Report): void {
  const query = monitoring.metrics.find((metric) => metric.query !== undefined);
  if (!query || !monitoring.source || asksPrometheus(monitoring.source)) return;
  const message = `a promql query needs Prometheus; ${insteadOfPrometheus(monitoring.source)}`;
  report.error({ line: query.source.line, column: 1 }, 'unsupported', message);
}
