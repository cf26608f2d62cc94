import { match } from '../markdown/code-spans.ts';
import { nearest } from '../problems/nearest.ts';
import type { Line } from '../markdown/outline.ts';
import { listed } from '../problems/issue-message.ts';
import type { Reading } from './reading.ts';
import type { Span } from '../markdown/span.ts';

/** What stands behind a label: the value, and the line with its fences and sub-bullets. */
export interface Value {
  readonly span: Span;
  readonly line: Line;
}

/** One `Label: value` line of a section or step. */
export interface Form<Draft> {
  readonly label: string;
  /** Words in place of `Label:`, for a form that reads as a sentence. */
  readonly sentence?: RegExp;
  readonly repeats?: boolean;
  /** A fence may stand in place of the value. */
  readonly fence?: boolean;
  readonly required?: boolean;
  /** What `none` and `n/a` say; by default nothing. */
  readonly none?: (draft: Draft) => void;
  readonly read: (value: Value, draft: Draft, reading: Reading) => void;
}

export type Forms<Draft> = readonly Form<Draft>[];

const labelled = /^(?:\*\*|__)?([A-Za-z][A-Za-z0-9 /&-]{0,40}?)(?:\*\*|__)?\s*:(?:\*\*|__)?(?:\s+|$|(?=`))/;

/** The label of a line and what stands behind it. */
export function splitLabel(span: Span): { label: Span; value: Span } | undefined {
  const found = labelled.exec(span.text);
  if (!found) return undefined;
  const start = span.text.indexOf(found[1]!);
  return { label: span.slice(start, start + found[1]!.length), value: span.slice(found[0].length).trim() };
}

export function isNone(text: string): boolean {
  return /^(?:none|n\/a)\.?$/i.test(text);
}

/** The form of a line, by its label or its first words. */
export function formOf<Draft>(span: Span, forms: Forms<Draft>): { form: Form<Draft>; value: Span } | undefined {
  const split = splitLabel(span);
  for (const form of forms) {
    if (split && split.label.text.toLowerCase() === form.label.toLowerCase()) return { form, value: split.value };
    const value = form.sentence && match(span, form.sentence)?.['value'];
    if (value) return { form, value };
  }
  return undefined;
}

/** Reads lines against a table of forms; returns the labels that stood there, readable or not. */
export function readForms<Draft>(
  lines: readonly Line[],
  forms: Forms<Draft>,
  draft: Draft,
  where: string,
  reading: Reading,
): Set<string> {
  const seen = new Set<string>();
  for (const line of lines) {
    const found = formOf(line.span, forms);
    if (!found) {
      if (!line.broken) reportUnknown(line, forms, where, reading);
      continue;
    }
    const repeated = seen.has(found.form.label) && !found.form.repeats;
    seen.add(found.form.label);
    if (line.broken) continue;
    if (repeated)
      reading.report.error(
        line.span,
        'repeated-line',
        `\`${found.form.label}:\` stands twice in ${where}; remove one of them`,
      );
    else {
      readForm(found.form, { span: found.value, line }, forms, draft, reading);
      for (const { form } of tooDeep(line, forms)) seen.add(form.label);
    }
  }
  return seen;
}

function readForm<Draft>(form: Form<Draft>, value: Value, forms: Forms<Draft>, draft: Draft, reading: Reading): void {
  rejectNested(value.line, form.fence ?? false, reading, forms);
  if (value.span.isEmpty && !(form.fence && value.line.fences.length > 0)) {
    reading.report.error(value.line.span, 'missing-value', `\`${form.label}:\` says nothing; write a value behind it`);
  } else if (isNone(value.span.text) && form.required) {
    reading.report.error(
      value.span,
      'missing-value',
      `\`${form.label}:\` is required and cannot be none; write a value`,
    );
  } else if (isNone(value.span.text)) form.none?.(draft);
  else form.read(value, draft, reading);
}

/** Sub-bullets that are lines of the same table: one step too deep, but there. */
function tooDeep<Draft>(line: Line, forms: Forms<Draft>): { child: Line; form: Form<Draft> }[] {
  return line.children.flatMap((child) => {
    const found = formOf(child.span, forms);
    return found ? [{ child, form: found.form }] : [];
  });
}

/** Reports sub-bullets and fences that the line does not take; those that `forms` knows belong beside it. */
export function rejectNested<Draft>(line: Line, fence: boolean, reading: Reading, forms: Forms<Draft> = []): void {
  const siblings = new Map(tooDeep(line, forms).map(({ child, form }) => [child, form.label]));
  for (const child of line.children) {
    const label = siblings.get(child);
    if (child.broken) continue;
    if (label !== undefined) {
      const message = `\`${label}:\` stands below “${line.span.text}” as if it were part of it; indent it as that line`;
      const indentation = ' '.repeat(line.at.column - 1);
      reading.report.error(child.span, 'nested-line', message, `${indentation}- ${child.span.text}`);
    } else reading.report.error(child.span, 'nested-line', `“${line.span.text}” takes no sub-bullets; remove it`);
  }
  const extra = fence ? line.fences.slice(1) : line.fences;
  for (const { at } of extra)
    reading.report.error(at, 'stray-fence', `“${line.span.text}” takes no ${fence ? 'second ' : ''}fence; remove it`);
}

function reportUnknown<Draft>(line: Line, forms: Forms<Draft>, where: string, reading: Reading): void {
  const labels = forms.map(({ label }) => label);
  const label = splitLabel(line.span)?.label.text;
  const near = label === undefined ? undefined : nearest(label, labels);
  if (near) {
    reading.report.error(
      line.span,
      'unknown-line',
      `unknown line \`${label}:\` of ${where}; did you mean \`${near}:\`?`,
      `${near}:`,
    );
    return;
  }
  const expected = listed(labels.map((each) => `\`${each}:\``));
  reading.report.error(line.span, 'unknown-line', `no line of ${where}; expected ${expected}`);
}
