import { bindings, fixture, profiles } from './fixtures.test-support.ts';
import { lint } from '../reading/lint.ts';
import type { Problem } from '../problems/problem.ts';
import { serviceProfile } from '../context/profiles.ts';
import type { Place } from '../markdown/span.ts';

/**
 * A whole text that is right, with one small edit that makes it wrong. In an edit `«before→after»` is written in place of what stands
 * there, ‸ marks where the problem is reported, and what surrounds them is context; a line `~~~` divides edits at several places.
 */
export interface Mistake {
  readonly name: string;
  readonly code: string;
  /** What “did you mean” names, where something near exists. */
  readonly meant?: string | undefined;
  /** The fixture that is edited. */
  readonly base: string;
  readonly edit: string;
}

const base = /^=== in (\S+)$/;
const header = /^=== (.+): ([a-z-]+)(?:, did you mean “(.+)”\?)?$/;

/** The mistakes of a file below `test-fixtures/mistakes`. */
export function mistakesOf(file: string): Mistake[] {
  const mistakes: Mistake[] = [];
  let current = '';
  for (const block of fixture(`mistakes/${file}.txt`)
    .split(/^(?==== )/m)
    .slice(1)) {
    const [first = '', ...rest] = block.trimEnd().split('\n');
    current = base.exec(first)?.[1] ?? current;
    const [, name, code, meant] = header.exec(first) ?? [];
    if (name && code) mistakes.push({ name, code, meant, base: current, edit: rest.join('\n') });
    else if (rest.length > 0) throw new Error(`${file}.txt: no mistake is written as “${first}”`);
  }
  return mistakes;
}

const caret = '‸';

/** The text of a fixture with the mistakes, and where the caret of each stands. */
export function planted(...mistakes: readonly Mistake[]): { text: string; places: Place[] } {
  const marks = mistakes.map((_, index) => String.fromCharCode(0xe100 + index));
  const marked = mistakes.reduce(
    (text, { edit }, index) =>
      edit.split('\n~~~\n').reduce((text, hunk) => edited(text, hunk.replaceAll(caret, marks[index]!)), text),
    fixture(mistakes[0]!.base),
  );
  return { text: unmarked(marked), places: marks.map((mark) => placeOf(mark, marked)) };
}

const change = /«([^»→]*)→([^»]*)»/g;

function edited(text: string, edit: string): string {
  const before = unmarked(edit.replace(change, '$1'));
  const parts = text.split(before);
  if (parts.length !== 2) throw new Error(`stands ${parts.length - 1} times: ${before}`);
  return parts.join(edit.replace(change, (_, _before, after: string) => after));
}

function placeOf(mark: string, marked: string): Place {
  const [before, ...others] = marked.split(mark);
  if (others.length !== 1) throw new Error(`one place is marked, not ${others.length}`);
  const lines = unmarked(before!).split('\n');
  return { line: lines.length, column: lines.at(-1)!.length + 1 };
}

function unmarked(text: string): string {
  return text.replace(/[\uE100-\uE1FF]/g, '');
}

const services: Readonly<Record<string, string>> = { 'notes-api.md': 'notes-api' };
const context = { bindings: bindings(), profiles: profiles() };

/** All that is reported about a document in the context of the fixtures. */
export function problemsOf(document: string, text = fixture(document)): Problem[] {
  const profile = serviceProfile(context.profiles, 'production', services[document] ?? 'orders-api');
  return lint(text, { bindings: context.bindings, profile });
}

const untouched = new Map<string, ReadonlySet<string>>();

/** What is reported beyond what the untouched document had already. */
export function newProblems(document: string, text: string): Problem[] {
  const before = untouched.get(document) ?? new Set(problemsOf(document).map(({ message }) => message));
  untouched.set(document, before);
  return problemsOf(document, text).filter(({ message }) => !before.has(message));
}

/** A finding in one line: `12:9 bad-value`, and what it thinks was meant. */
export function brief({ line, column }: Place, code: string, meant?: string): string {
  return `${line}:${column} ${code}${meant === undefined ? '' : `, did you mean “${meant}”?`}`;
}

export function briefly({ line, column, code, message }: Problem): string {
  const [, quoted, coded] = /did you mean (?:“(.+)”|`([^`]+)`)\?$/.exec(message) ?? [];
  return brief({ line, column }, code, quoted ?? coded);
}
