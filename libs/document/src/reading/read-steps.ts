import type { Meaning, StepNode } from './document.ts';
import { formOf, isNone, readForms, splitLabel, type Forms } from './forms.ts';
import { didYouMean } from '../problems/nearest.ts';
import type { Line, Section } from '../markdown/outline.ts';
import { findPhrase, normalisedTitle } from '../steps/phrase.ts';
import { phrasesIn, placeOfStage, undoKindOf } from '../steps/lookup.ts';
import type { Action } from '../steps/registry.ts';
import type { Stage } from '../plan/values.ts';
import type { Reading } from './reading.ts';
import type { Span } from '../markdown/span.ts';
import { actionForms, kindOfMeaning, modifierForms, readExpected, type StepDraft } from './step-forms.ts';
import { checkSupport, modifierOf } from './step-support.ts';
import { warnOfNoUndo } from './unwise.ts';

const stepForms: Forms<StepDraft> = [...actionForms, ...modifierForms];

export const stepLabels = stepForms.map(({ label }) => label);

/** Reads a section of numbered steps. */
export function readSteps(section: Section | undefined, stage: Stage, reading: Reading): StepNode[] {
  if (!section) return [];
  const lines = section.lines.filter((line) => line.ordered || !isOnlyNone(line, section));
  checkNumbers(section, reading);
  return lines.flatMap((line, index) =>
    isOnlyNone(line, section) ? [] : (readStep(line, index + 1, stage, reading) ?? []),
  );
}

function isOnlyNone(line: Line, section: Section): boolean {
  return section.lines.length === 1 && isNone(line.span.text);
}

/** Numbers count: other lines refer to them. A list numbered 1. throughout is counted by Markdown; one of which a number is missing is not judged. */
function checkNumbers(section: Section, reading: Reading): void {
  const numbered = section.lines.filter((line) => line.ordered);
  if (numbered.length < section.lines.length || numbered.every(({ marker }) => marker === '1')) return;
  const wrong = numbered.find(({ marker }, index) => Number(marker) !== index + 1);
  if (!wrong) return;
  const number = numbered.indexOf(wrong) + 1;
  reading.report.warn(
    wrong.at,
    'step-number',
    `written as ${wrong.marker}, but this is step ${number}, and is referred to by that; write ${number}.`,
  );
}

function readStep(line: Line, number: number, stage: Stage, reading: Reading): StepNode | undefined {
  if (line.broken) return undefined;
  if (!line.ordered) return reportUnnumbered(line, reading);
  const title = plainTitle(line.span);
  const draft: StepDraft = { stage, title, shell: wantsShell(line), modifiers: {}, parts: new Map() };
  const before = reading.report.errorCount;
  for (const { at } of line.fences)
    reading.report.error(at, 'stray-fence', 'a fence of commands stands below `- Run:`, indented with it');
  const seen = readForms(line.children, stepForms, draft, 'a step', reading);
  if (line.children.every(({ span }) => formOf(span, stepForms))) warnOfNoUndo(draft, seen, line, reading.report);
  if (hasTwoActions(line, reading)) return undefined;
  const acts = actionForms.some(({ label }) => seen.has(label));
  draft.meaning ??= acts ? undefined : readPhrase(title, line, stage, reading);
  if (acts || draft.meaning) readExpected(draft, seen, reading);
  if (!draft.meaning) return undefined;
  addParts(draft, line, reading);
  checkModifiers(draft, line, reading);
  checkSupport(draft, title, line, reading);
  if (reading.report.errorCount > before) return undefined;
  return {
    stage,
    number,
    title: title.text,
    meaning: draft.meaning,
    modifiers: draft.modifiers,
    source: { line: line.span.line },
  };
}

/** A title without the emphasis around it. */
export function plainTitle(span: Span): Span {
  const bold = /^(\*\*|__)(.+)\1$/.exec(span.text);
  return bold ? span.slice(2, span.text.length - 2).trim() : span;
}

function wantsShell(line: Line): boolean {
  return line.children.some(({ span }) => {
    const split = splitLabel(span);
    return split?.label.text.toLowerCase() === 'shell' && split.value.text.toLowerCase() === 'yes';
  });
}

function reportUnnumbered(line: Line, reading: Reading): undefined {
  const isModifier = formOf(line.span, stepForms) !== undefined;
  const message = isModifier
    ? 'this belongs to the step above; indent it by three spaces'
    : 'a step begins with its number, as “1. …”';
  return reading.report.error(
    line.at,
    'unnumbered-step',
    message,
    isModifier ? `   - ${line.span.text}` : `1. ${line.span.text}`,
  );
}

function hasTwoActions(line: Line, reading: Reading): boolean {
  // Also one that stands a step too deep is meant.
  const actions = line.children
    .flatMap((child) => [child, ...child.children])
    .filter(({ span }) => formOf(span, actionForms));
  const labels = new Set(actions.map(({ span }) => formOf(span, actionForms)!.form.label));
  if (labels.size < 2) return false;
  const [first, second] = [...labels];
  const at = actions.find(({ span }) => formOf(span, actionForms)!.form.label === second)!.span;
  reading.report.error(
    at,
    'two-actions',
    `a step does one thing: it has \`${first}:\` and \`${second}:\`; make it two steps`,
  );
  return true;
}

function readPhrase(title: Span, line: Line, stage: Stage, reading: Reading): Meaning | undefined {
  const found = findPhrase(title, phrasesIn(placeOfStage(stage)));
  if (found) {
    const { name, argument, optional } = found;
    if (argument !== undefined) reading.text(title);
    return { kind: 'phrase', phrase: name, ...(argument === undefined ? {} : { argument }), optional };
  }
  return reportNoAction(title, line, stage, reading);
}

function reportNoAction(title: Span, line: Line, stage: Stage, reading: Reading): undefined {
  if (line.damaged) return undefined;
  const inline = formOf(title, actionForms);
  if (inline) {
    const message = `\`${inline.form.label}:\` stands below the step’s title, as a sub-bullet`;
    return reading.report.error(title, 'unknown-step', message, `1. <title>\n   - ${title.text}`);
  }
  const texts = phrasesIn(placeOfStage(stage)).map(({ text }) => text);
  const near = didYouMean(normalisedTitle(title.text).text, texts);
  const message = `“${title.text}” is no known phrase and has no action label; add \`- Run:\`, \`- Manual:\` or another below it${near}`;
  return reading.report.error(title, 'unknown-step', message, '   - Run: `command`');
}

/** Completes what the step does by the labels of its kind; those of another kind have no meaning. */
function addParts(draft: StepDraft, line: Line, reading: Reading): void {
  const { meaning, parts } = draft;
  if (!meaning) return;
  const own = kindOfMeaning(meaning);
  for (const [kind, read] of parts) {
    const { forms, of, into } = kind.parts!;
    const first = Object.entries(forms as Readonly<Record<string, { label: string }>>).find(([key]) =>
      Object.hasOwn(read, key),
    );
    if (!first) continue;
    const { label } = first[1];
    if (kind !== own) reading.report.error(modifierOf(line, label), 'wrong-modifier', `\`${label}:\` belongs to ${of}`);
    else if (meaning.kind === 'phrase') draft.meaning = { ...meaning, parts: { ...meaning.parts, ...read } };
    else if (into) draft.meaning = { kind: 'action', action: into(meaning.action, read) as Action };
  }
}

function checkModifiers({ modifiers, stage }: StepDraft, line: Line, reading: Reading): void {
  const isUndone = modifiers.undo !== undefined && !undoKindOf(modifiers.undo).isNone;
  if (modifiers.irreversible && isUndone) {
    const message = 'the step is irreversible and has an undo, which will never run; remove one of them';
    reading.report.warn(modifierOf(line, 'Undo'), 'contradiction', message);
  }
  if (modifiers.irreversible && stage === 'rollback') {
    const message = '`Irreversible:` has no meaning in a rollback step; remove it';
    reading.report.error(modifierOf(line, 'Irreversible'), 'wrong-modifier', message);
  }
  const { changesDatabase } = modifiers;
  if (modifiers.mutates === false && changesDatabase !== undefined && changesDatabase !== 'none') {
    const message = 'a step that changes a database changes something; remove `Mutates: no` or `Changes database:`';
    reading.report.error(modifierOf(line, 'Changes database'), 'contradiction', message);
  }
  if (modifiers.mutates === false && isUndone) {
    const message = 'the step changes nothing and has an undo, which will never run; remove one of them';
    reading.report.warn(modifierOf(line, 'Undo'), 'contradiction', message);
  }
}
