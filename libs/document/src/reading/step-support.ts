import type { Meaning, Modifiers, PhraseName } from './document.ts';
import { splitLabel } from './forms.ts';
import type { Line } from '../markdown/outline.ts';
import type { Action, Step } from '../plan/plan.ts';
import type { Reading } from './reading.ts';
import type { Span } from '../markdown/span.ts';
import type { StepDraft } from './step-forms.ts';

/** What a rollback can do; anything else is refused before the deployment begins rather than when it is needed. */
export const rollbackActions: readonly Action['kind'][] = [
  'run',
  'request',
  'traffic',
  'notify',
  'wait',
  'manual',
  'restore',
  'revert',
  'section',
  'not-applicable',
];

const sectionsOfRollback: readonly string[] = ['smoke-tests', 'critical-flows', 'health-checks'];
const commandPhrases: readonly PhraseName[] = ['build', 'migrate'];

/** Refuses what can be read and would not be done. */
export function checkSupport(draft: StepDraft, title: Span, line: Line, reading: Reading): void {
  const { meaning, modifiers, stage } = draft;
  if (!meaning) return;
  if (stage === 'rollback' && !canRollBack(meaning)) {
    const what = meaning.kind === 'action' ? `\`${labelOf(meaning.action.kind)}:\`` : `“${title.text}”`;
    const at = meaning.kind === 'action' ? modifierOf(line, labelOf(meaning.action.kind)) : title;
    reading.report.error(at, 'unsupported', `${what} is not supported in a rollback in this version`);
  }
  if (isManual(meaning)) refuseOfPerson(modifiers, line, reading);
  if (runsCommand(meaning)) return;
  const waits = modifiers.waitUntil !== undefined && movesTraffic(meaning);
  if (modifiers.waitUntil && !waits) refuse('Wait until', 'a step that runs a command or moves traffic', line, reading);
  if (modifiers.probe) refuse('Probe', 'a step that runs a command', line, reading);
  if (modifiers.undo?.kind === 'run') return;
  if (modifiers.directory !== undefined && !waits) refuse('Directory', 'a step that runs a command', line, reading);
  if (draft.shell) refuse('Shell', 'a step that runs a command', line, reading);
}

/** What a step of a JSON plan asks for and would not get. */
export function unsupportedOf(step: Step): string[] {
  const { stage, action, expected, waitUntil, probe, undo, directory } = step;
  const isRollback = stage === 'rollback';
  const isDone = isRollback
    ? rollbackActions.includes(action.kind) &&
      (action.kind !== 'section' || sectionsOfRollback.includes(action.section))
    : action.kind !== 'restore' && action.kind !== 'revert' && action.kind !== 'weights';
  const moves = action.kind === 'traffic';
  const waits = waitUntil !== undefined && moves;
  const runs = action.kind === 'run' || action.kind === 'not-applicable';
  return [
    ...(isDone ? [] : [`${action.kind} is not supported in ${isRollback ? 'a rollback' : 'the procedure'}`]),
    ...(waitUntil && !runs && !moves ? ['waitUntil is read only of a step that runs a command or moves traffic'] : []),
    ...(action.kind === 'manual' && (step.retry || step.effect !== 'idempotent')
      ? ['what a person says has neither retry nor an effect but idempotent']
      : []),
    ...(moves && expected.some(({ kind }) => kind !== 'within') ? ['of traffic only a time can be expected'] : []),
    ...(undo?.kind === 'weights' && !moves ? ['only a step that moves traffic is undone by its weights'] : []),
    ...(probe && !runs ? ['probe is read only of a step that runs a command'] : []),
    ...(directory !== undefined && !runs && !waits && undo?.kind !== 'run'
      ? ['directory is read only of a step that runs a command']
      : []),
  ];
}

function canRollBack(meaning: Meaning): boolean {
  return meaning.kind === 'action' ? rollbackActions.includes(meaning.action.kind) : meaning.phrase !== 'logs';
}

function runsCommand(meaning: Meaning): boolean {
  return meaning.kind === 'action' ? meaning.action.kind === 'run' : commandPhrases.includes(meaning.phrase);
}

function isManual(meaning: Meaning): boolean {
  return meaning.kind === 'action' && meaning.action.kind === 'manual';
}

function refuseOfPerson({ retry, effect }: Modifiers, line: Line, reading: Reading): void {
  const labels = [...(retry ? ['Retry'] : []), ...(effect ? ['Effect'] : [])];
  for (const label of labels) {
    const message = `\`${label}:\` means nothing of what a person says; remove it`;
    reading.report.error(modifierOf(line, label), 'wrong-modifier', message);
  }
}

function movesTraffic(meaning: Meaning): boolean {
  return meaning.kind === 'action' && meaning.action.kind === 'traffic';
}

function labelOf(kind: Action['kind']): string {
  return kind.charAt(0).toUpperCase() + kind.slice(1);
}

function refuse(label: string, where: string, line: Line, reading: Reading): void {
  const message = `\`${label}:\` is read only of ${where} in this version; here it would mean nothing`;
  reading.report.error(modifierOf(line, label), 'unsupported', message);
}

/** Where a label stands below a step. */
export function modifierOf(line: Line, label: string): Span {
  const found = line.children.find(({ span }) => splitLabel(span)?.label.text.toLowerCase() === label.toLowerCase());
  return found?.span ?? line.span;
}
