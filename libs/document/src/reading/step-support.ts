import type { Line } from '../markdown/outline.ts';
import type { Span } from '../markdown/span.ts';
import type { Step } from '../plan/plan.ts';
import { kindOf, undoKindOf, undoOf } from '../steps/lookup.ts';
import { splitLabel } from './forms.ts';
import type { Modifiers } from './nodes.ts';
import type { Reading } from './reading.ts';
import { kindOfMeaning, type StepDraft } from './step-forms.ts';

/** Refuses what can be read and would not be done. */
export function checkSupport(draft: StepDraft, title: Span, line: Line, reading: Reading): void {
  const { meaning, modifiers, stage } = draft;
  if (!meaning) return;
  const kind = kindOfMeaning(meaning);
  const action = meaning.kind === 'action' ? meaning.action : undefined;
  if (stage === 'rollback' && !kind.isPerformedIn('rollback', action)) {
    const label = action && kind.label?.name;
    const what = label === undefined ? `“${title.text}”` : `\`${label}:\``;
    const at = label === undefined ? title : modifierOf(line, label);
    reading.report.error(at, 'unsupported', `${what} is not supported in a rollback in this version`);
  }
  if (modifiers.changesDatabase !== undefined && !kind.reachesDatabases) {
    const where = 'a step that runs a command, sends a request, deploys, or is done by a person';
    const message = `\`Changes database:\` is read only of ${where}; remove it`;
    reading.report.error(modifierOf(line, 'Changes database'), 'wrong-modifier', message);
  }
  if (action && kind.duty(action)) refuseOfPerson(modifiers, line, reading);
  if (kind.runsCommands) return;
  const waits = modifiers.waitUntil !== undefined && kind.waitsUntil;
  if (modifiers.waitUntil && !waits) refuse('Wait until', 'a step that runs a command or moves traffic', line, reading);
  if (modifiers.probe) refuse('Probe', 'a step that runs a command', line, reading);
  if (modifiers.undo !== undefined && undoKindOf(modifiers.undo).runsCommands) return;
  if (modifiers.directory !== undefined && !waits) refuse('Directory', 'a step that runs a command', line, reading);
  if (draft.shell) refuse('Shell', 'a step that runs a command', line, reading);
}

/** What a step of a JSON plan asks for and would not get. */
export function unsupportedOf(step: Step): string[] {
  const { stage, action, waitUntil, probe, undo, directory, changesDatabase } = step;
  const kind = kindOf(action);
  const undone = undo && undoKindOf(undo);
  const isRollback = stage === 'rollback';
  const isDone = kind.isPerformedIn(isRollback ? 'rollback' : 'procedure', action);
  // What is skipped stands for a step that may run commands.
  const runs = kind.runsCommands || kind.skips(action) !== undefined;
  const waits = waitUntil !== undefined && kind.waitsUntil;
  return [
    ...(isDone ? [] : [`${action.kind} is not supported in ${isRollback ? 'a rollback' : 'the procedure'}`]),
    ...(waitUntil && !runs && !waits ? ['waitUntil is read only of a step that runs a command or moves traffic'] : []),
    ...kind.refuses(step),
    ...(changesDatabase !== undefined && !(kind.reachesDatabases && step.mutates)
      ? [
          'changesDatabase is read only of a step that changes something by a command, a request, a deployer or a person',
        ]
      : []),
    ...(undone?.refusal !== undefined && undoOf(action)?.kind !== undo?.kind ? [undone.refusal] : []),
    ...(probe && !runs ? ['probe is read only of a step that runs a command'] : []),
    ...(directory !== undefined && !runs && !waits && !undone?.runsCommands
      ? ['directory is read only of a step that runs a command']
      : []),
  ];
}

function refuseOfPerson({ retry, effect }: Modifiers, line: Line, reading: Reading): void {
  const labels = [...(retry ? ['Retry'] : []), ...(effect ? ['Effect'] : [])];
  for (const label of labels) {
    const message = `\`${label}:\` means nothing of what a person says; remove it`;
    reading.report.error(modifierOf(line, label), 'wrong-modifier', message);
  }
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
