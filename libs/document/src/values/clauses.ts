import { codeContent, match, pattern, splitOutsideCode } from '../markdown/code-spans.ts';
import { durationPattern } from './duration.ts';
import { isJsonPath } from './json-path.ts';
import { didYouMean } from '../problems/nearest.ts';
import { comparisonPattern, readComparison } from './comparison.ts';
import { mustKeepNumbers, NameTwice, NotJson, readJson, readWrittenJson } from './json-text.ts';
import type { Clause } from '../plan/values.ts';
import type { Reading } from '../reading/reading.ts';
import type { Span } from '../markdown/span.ts';

/** What a clause is about: the end of a command, the reply to a request, or traffic that was moved. */
export type Subject = 'command' | 'response' | 'traffic';

const subjectNames: Readonly<Record<Subject, string>> = {
  command: 'a command',
  response: 'a reply to a request',
  traffic: 'a move of traffic',
};

type Groups = Partial<Record<string, Span>>;

interface ClauseForm {
  readonly example: string;
  readonly pattern: RegExp;
  readonly subjects: readonly Subject[];
  readonly read: (groups: Groups, reading: Reading) => Clause | undefined;
}

const clauseForms: readonly ClauseForm[] = [
  {
    example: 'exit 0',
    pattern: pattern(String.raw`exits? (?<code>\d{1,3})`),
    subjects: ['command'],
    read: ({ code }) => ({ kind: 'exit', code: Number(code!.text) }),
  },
  {
    example: 'output contains `text`',
    pattern: pattern('output contains (?<text>CODE)'),
    subjects: ['command'],
    read: ({ text }, reading) => ({ kind: 'output-contains', text: codeText(text!, reading) }),
  },
  {
    example: 'within 500ms',
    pattern: pattern(`within (?<time>${durationPattern})`),
    subjects: ['command', 'response', 'traffic'],
    read: ({ time }, reading) => {
      const ms = reading.duration(time!);
      return ms === undefined ? undefined : { kind: 'within', ms };
    },
  },
  {
    example: '200 OK',
    pattern: pattern(String.raw`(?:status )?(?<status>[1-5]\d\d)(?: (?<reason>[A-Za-z][A-Za-z' -]*))?`),
    subjects: ['response'],
    read: ({ status, reason }) => ({
      kind: 'status',
      status: Number(status!.text),
      ...(reason && { reason: reason.text }),
    }),
  },
  {
    example: 'returns JSON at `$.path`',
    pattern: pattern('returns? (?:an? |the |some )?(?<what>jwt(?: token)?|json|data)(?: at (?<path>CODE))?'),
    subjects: ['response'],
    read: ({ what, path }, reading) => {
      const found = path && readPath(path, reading);
      if (path && !found) return undefined;
      const kind = /^jwt/i.test(what!.text) ? 'jwt' : (what!.text.toLowerCase() as 'json' | 'data');
      return { kind: 'returns', what: kind, ...(found && { path: found }) };
    },
  },
  {
    example: '`$.path` = `value`',
    pattern: pattern(`(?<path>CODE)\\s*(?<operator>${comparisonPattern})\\s*(?<value>CODE)`),
    subjects: ['response'],
    read: ({ path, operator, value }, reading) => {
      const found = readPath(path!, reading);
      const expected = readExpectation(value!, reading);
      if (found === undefined || expected === undefined) return undefined;
      return { kind: 'value', path: found, operator: readComparison(operator!.text), ...expected };
    },
  },
  {
    example: 'count `$.items[*]` > `0`',
    pattern: pattern(`count (?:of )?(?<path>CODE)\\s*(?<operator>${comparisonPattern})\\s*(?<value>CODE|\\d{1,12})`),
    subjects: ['response'],
    read: ({ path, operator, value }, reading) => {
      const found = readPath(path!, reading);
      const number = reading.bare(value!);
      if (!/^\d{1,12}$/.test(number.text)) return reading.report.error(number, 'bad-value', 'expected a whole number');
      if (!found) return undefined;
      return { kind: 'count', path: found, operator: readComparison(operator!.text), value: Number(number.text) };
    },
  },
  {
    example: 'header `Name` = `value`',
    pattern: pattern(`header (?<name>CODE)\\s*(?<operator>${comparisonPattern})\\s*(?<value>CODE)`),
    subjects: ['response'],
    read: ({ name, operator, value }, reading) => ({
      kind: 'header',
      name: codeText(name!, reading),
      operator: readComparison(operator!.text),
      value: codeText(value!, reading),
    }),
  },
  {
    example: 'body contains `text`',
    pattern: pattern('body contains (?<text>CODE)'),
    subjects: ['response'],
    read: ({ text }, reading) => ({ kind: 'body-contains', text: codeText(text!, reading) }),
  },
];

/** Reads an `Expected:` line: clauses divided by commas outside of backticks. */
export function readClauses(span: Span, subject: Subject, reading: Reading): Clause[] {
  return splitOutsideCode(span, /,/g).flatMap((part) => readClause(part, subject, reading) ?? []);
}

function readClause(span: Span, subject: Subject, reading: Reading): Clause | undefined {
  for (const form of clauseForms) {
    const groups = match(span, form.pattern);
    if (!groups) continue;
    if (form.subjects.includes(subject)) return form.read(groups, reading);
    return reading.report.error(span, 'wrong-clause', `“${span.text}” cannot be expected of ${subjectNames[subject]}`);
  }
  return reportUnknown(span, subject, reading);
}

const replies = ['returns JSON', 'returns data', 'returns JWT token'];

function reportUnknown(span: Span, subject: Subject, reading: Reading): undefined {
  const examples = clauseForms.filter(({ subjects }) => subjects.includes(subject)).map(({ example }) => example);
  const bareContains = /^(output|body) contains (.+)$/i.exec(span.text);
  if (bareContains) {
    const suggestion = `${bareContains[1]} contains \`${bareContains[2]!.replaceAll('`', '')}\``;
    return reading.report.error(span, 'missing-backticks', `the text stands in backticks: ${suggestion}`, suggestion);
  }
  const near = didYouMean(span.text, [...examples, ...(subject === 'response' ? replies : [])]);
  const message = `“${span.text}” is not an expectation; write one of: ${examples.join(' · ')}${near}`;
  return reading.report.error(span, 'unknown-line', message);
}

function codeText(span: Span, reading: Reading): string {
  return reading.text(codeContent(span)!).text;
}

export function readPath(span: Span, reading: Reading): string | undefined {
  const path = codeContent(span)!;
  if (isJsonPath(path.text)) return path.text;
  return reading.report.error(
    path,
    'bad-jsonpath',
    `“${path.text}” is no JSONPath; it begins with $, as $.items[0].id`,
  );
}

/** JSON, else text. A number that no double holds stays as it is written. */
function readExpectation(span: Span, reading: Reading): Pick<Expectation, 'value' | 'written'> | undefined {
  const text = codeText(span, reading);
  try {
    const value = readJson(text) as Expectation['value'];
    return keepsNumbers(text) ? { value } : { value: null, written: text };
  } catch (error) {
    if (!(error instanceof NotJson)) throw error;
    const isJson = error.isTooDeep || error instanceof NameTwice;
    return isJson ? reading.report.error(span, 'bad-value', `the value ${error.message}`) : { value: text };
  }
}

type Expectation = Extract<Clause, { kind: 'value' }>;

function keepsNumbers(text: string): boolean {
  try {
    mustKeepNumbers(text);
    return true;
  } catch {
    readWrittenJson(text);
    return false;
  }
}
