import { loose } from '../markdown/span.ts';
import type { Plan, Step } from '../plan/plan.ts';
import { isNone } from '../reading/forms.ts';
import { plainTitle } from '../reading/read-steps.ts';
import { findPhrase } from '../steps/phrase.ts';
import { dutyOf, kindOf, phrasesIn, placeOfStage, undoKindOf, usuallyChanged } from '../steps/lookup.ts';
import { formatDuration } from '../values/duration.ts';
import { numbered } from './print-lines.ts';
import { bare, code, lead, writeClause, writeFailure } from './write-values.ts';

/** A numbered item: its title, what it does unless the title says so, and how. */
export function printStep(step: Step, plan: Plan): string[] {
  const kind = kindOf(step.action);
  const actionLines = saysItself(step, plan) ? [] : kind.print(step.action, plan);
  return numbered(step.number, writeTitle(step.title), [...actionLines, ...modifierLines(step, actionLines)]);
}

/** A title whose emphasis is its own, or that would say that there is none, stands in emphasis. */
function writeTitle(title: string): string {
  return lead(isNone(title) || plainTitle(loose(title)).text !== title ? `**${title}**` : title);
}

/** A known phrase whose meaning comes from elsewhere. */
function saysItself(step: Step, plan: Plan): boolean {
  const phrase = findPhrase(loose(step.title), phrasesIn(placeOfStage(step.stage)))?.name;
  return phrase !== undefined && kindOf(step.action).isStatedBy(phrase, step, plan);
}

function modifierLines(step: Step, actionLines: readonly string[]): string[] {
  const { action, undo, waitUntil, retry, probe, onlyIn } = step;
  const kind = kindOf(action);
  return [
    ...(undo ? undoKindOf(undo).print(undo, actionLines) : []),
    ...(step.expected.length > 0 ? [`- Expected: ${step.expected.map(writeClause).join(', ')}`] : []),
    `- Failure: ${writeFailure(step.onFailure)}`,
    ...(retry ? [`- Retry: ${retry.times} times every ${formatDuration(retry.everyMs)}`] : []),
    `- Timeout: ${formatDuration(step.timeoutMs)}`,
    ...(waitUntil
      ? [`- Wait until: ${code(waitUntil.command.text)} exits 0 within ${formatDuration(waitUntil.withinMs)}`]
      : []),
    ...(onlyIn ? [`- Only in: ${onlyIn.map(bare).join(', ')}`] : []),
    ...(dutyOf(action) ? [] : [`- Effect: ${step.effect}`]),
    ...(probe ? [`- Probe: ${code(probe.text)}`] : []),
    ...(step.irreversible ? ['- Irreversible: yes'] : []),
    `- Mutates: ${step.mutates ? 'yes' : 'no'}`,
    ...changeLines(step),
    ...(step.directory === undefined ? [] : [`- Directory: ${code(step.directory)}`]),
    ...kind.printLast(action),
  ];
}

/** A title may say more than its step does. */
function changeLines({ title, action, mutates, changesDatabase }: Step): string[] {
  if (changesDatabase === undefined) return usuallyChanged(title, action, mutates) ? ['- Changes database: no'] : [];
  const databases =
    changesDatabase === 'any' ? 'yes' : changesDatabase.map((url) => `PostgreSQL ${code(url)}`).join(', ');
  return [`- Changes database: ${databases}`];
}
