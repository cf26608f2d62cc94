import { placeOf } from '../reading/check-across.ts';
import type { DeploymentDocument, StepNode } from '../reading/document.ts';
import type { TriggerRule } from '../reading/nodes.ts';
import { formatDuration } from '../values/duration.ts';
import { didYouMean } from '../problems/nearest.ts';
import { isTitledAsChange } from '../steps/lookup.ts';
import type { Needs } from './needs.ts';
import type { Monitoring } from '../plan/monitoring.ts';
import type { ProblemCode } from '../problems/problem-codes.ts';
import type { Problem } from '../problems/problem.ts';

/** Warns of what a plan holds and what, with all that profile and defaults add, can never happen. */
export function warnOfIdle({ document, warnings }: Needs, monitoring: Monitoring): void {
  warnings.push(
    ...stepsForOthers(document),
    ...shortWatch(document, monitoring),
    ...longLimits(document, monitoring),
    ...longCriteria(document, monitoring),
    ...neverRestored(document),
  );
}

function warning(line: number, code: ProblemCode, message: string, document: DeploymentDocument): Problem {
  return { ...placeOf(line, document), severity: 'warning', code, message };
}

/** A document may be the copy of one for several environments, so that this is not an error. */
function stepsForOthers(document: DeploymentDocument): Problem[] {
  const { environments } = document.scope;
  const runs = ({ onlyIn }: StepNode['modifiers']): boolean =>
    !onlyIn || onlyIn.some((name) => environments.includes(name));
  return [...document.steps, ...document.rollback.steps]
    .filter(({ modifiers }) => !runs(modifiers))
    .map(({ title, modifiers: { onlyIn = [] }, source }) => {
      const message = `“${title}” is only for ${onlyIn.join(', ')}, the scope deploys to ${environments.join(', ')}: it never runs`;
      return warning(
        source.line,
        'environment-mismatch',
        message + didYouMean(onlyIn[0] ?? '', environments),
        document,
      );
    });
}

/** What the document says alone is reported when it is read. */
function shortWatch(document: DeploymentDocument, { watchMs, everyMs, minimumSamples }: Monitoring): Problem[] {
  const own = document.monitoring;
  const ticks = Math.floor(watchMs / everyMs);
  const isStated = own.watchMs !== undefined && own.everyMs !== undefined && ticks < (own.minimumSamples ?? 1);
  if (ticks >= minimumSamples || isStated) return [];
  const line = own.thresholds[0]?.source.line ?? own.metrics[0]?.source.line ?? 1;
  const watch = `a watch of ${formatDuration(watchMs)} every ${formatDuration(everyMs)}`;
  const message = `${watch} gives ${ticks} samples, ${minimumSamples} are asked for, and it can never pass; make it longer`;
  return [warning(line, 'never-passes', message, document)];
}

function longLimits(document: DeploymentDocument, { watchMs }: Monitoring): Problem[] {
  const { monitoring, rollback } = document;
  const limits = [
    ...monitoring.thresholds.map(({ forMs, source }) => ({ forMs, line: source.line })),
    ...rollback.triggers.map(({ rule, source }) => ({ forMs: lastingMs(rule), line: source.line })),
  ];
  return limits.flatMap(({ forMs = 0, line }) => {
    if (forMs <= watchMs) return [];
    const message = `it must last ${formatDuration(forMs)}, and the watch takes ${formatDuration(watchMs)}: the limit can never break; make the watch longer`;
    return [warning(line, 'never-breaches', message, document)];
  });
}

function lastingMs(rule: TriggerRule): number | undefined {
  if (rule.kind === 'limit') return rule.limit.forMs;
  return rule.kind === 'degradation' ? rule.forMs : undefined;
}

function longCriteria({ criteria, columns }: DeploymentDocument, { watchMs }: Monitoring): Problem[] {
  return criteria.flatMap(({ rule, line }): Problem[] => {
    const forMs = rule.kind === 'limit' ? (rule.limit.forMs ?? 0) : 0;
    if (forMs <= watchMs) return [];
    const message = `it must hold for ${formatDuration(forMs)}, and the watch takes ${formatDuration(watchMs)}: it can never be met; make the watch longer`;
    return [{ line, column: columns.get(line) ?? 1, severity: 'warning', code: 'never-passes', message }];
  });
}

/** Whether bindings have migrations is not looked at: with the next release they may. */
function neverRestored(document: DeploymentDocument): Problem[] {
  const { steps, rollback } = document;
  if ([...steps, ...rollback.steps].some(mayChangeDatabase)) return [];
  return rollback.steps.flatMap(({ title, meaning, source }) => {
    if (meaning.kind !== 'phrase' || meaning.phrase !== 'restore' || isAlways(meaning.parts)) return [];
    const message = `no step changes a database, so that “${title}” is always skipped; add \`- Changes database: yes\` below the step that does, or \`- Restore: always\` here`;
    return [warning(source.line, 'never-restored', message, document)];
  });
}

function mayChangeDatabase({ title, modifiers: { changesDatabase, mutates } }: StepNode): boolean {
  if (changesDatabase !== undefined) return changesDatabase !== 'none';
  return mutates !== false && isTitledAsChange(title);
}

function isAlways(parts: object | undefined): boolean {
  return parts !== undefined && 'always' in parts;
}
