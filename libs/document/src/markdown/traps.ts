import { budgets } from '../values/budgets.ts';
import { masked, unclosedBacktick } from './code-spans.ts';
import type { Report } from '../problems/report.ts';
import type { Span } from './span.ts';

const placeholder = /(?<!:\/\/)\[([^[\]\n]*[^[\]\s][^[\]\n]*)\](?!\()/g;
// oxlint-disable-next-line no-control-regex -- these are what is looked for
export const controlCharacter = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F\u202A-\u202E\u2066-\u2069]/;
const tag = /<\/?[A-Za-z][A-Za-z0-9-]*(?:\s[^<>]*)?\/?>/;

/** Looks for what Markdown or a hurried author does to a line; returns whether the line can still be read. */
export function isReadable(span: Span, report: Report): boolean {
  if (controlCharacter.test(span.text)) return false;
  if (span.text.length > budgets.document.lineCharacters) return false;
  const opening = unclosedBacktick(span.text);
  if (opening !== undefined) {
    report.error(span.slice(opening), 'unclosed-backtick', 'this backtick opens code that nothing closes; close it');
    return false;
  }
  const plain = masked(span.text).replace(/\$\{[^}\s]*\}/g, (variable) => '_'.repeat(variable.length));
  const hidden = tag.exec(plain);
  if (hidden) {
    const text = span.slice(hidden.index, hidden.index + hidden[0].length);
    report.error(
      text,
      'html',
      `${text.text} outside of backticks is HTML and invisible to readers; write \`${text.text}\``,
    );
    return false;
  }
  const open = [...plain.matchAll(placeholder)];
  for (const found of open) reportPlaceholder(span.slice(found.index, found.index + found[0].length), report);
  return open.length === 0;
}

export function reportPlaceholder(span: Span, report: Report): undefined {
  report.error(span, 'placeholder', `${span.text} is a placeholder; write what it stands for, or remove the line`);
}
