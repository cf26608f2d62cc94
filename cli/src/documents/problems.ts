import type { Colors } from '../context.ts';
import type { ProblemEntry } from '../failure.ts';

/** Problems as a compiler prints them: where, what, the line itself with a caret, and what to write instead. */
export function problemLines(
  colors: Colors,
  problems: readonly ProblemEntry[],
  sources: ReadonlyMap<string, string>,
  document: string,
): string[] {
  return problems.flatMap((problem) => oneProblem(colors, problem, sources, document));
}

function oneProblem(
  colors: Colors,
  problem: ProblemEntry,
  sources: ReadonlyMap<string, string>,
  document: string,
): string[] {
  const { severity = 'error', code, suggestion, pointer, parameter } = problem;
  const isOfRequest = problem.of === 'request' || ((pointer ?? parameter) !== undefined && problem.line === undefined);
  const file = problem.file ?? (isOfRequest ? 'the request' : document);
  const { line, column } = isOfRequest ? {} : problem;
  const paint = severity === 'error' ? colors.red : colors.yellow;
  const place = [isOfRequest ? `${file}${partOf(problem)}` : file, line, column]
    .filter((part) => part !== undefined)
    .join(':');
  const title = `${colors.bold(place)}: ${paint(severity)}${code ? colors.dim(`[${code}]`) : ''}: ${textOf(problem)}`;
  const source = line === undefined ? undefined : sources.get(file)?.split(/\r?\n/)[line - 1];
  return [
    title,
    ...(source === undefined ? [] : pointed(colors, line!, column ?? 1, source, paint)),
    ...(suggestion ? suggested(colors, suggestion) : []),
    '',
  ];
}

/** The parameter, or the place in the body, that it is about; the whole body needs no name. */
const partOf = ({ parameter, pointer = '#' }: ProblemEntry): string =>
  parameter === undefined ? (pointer === '#' ? '' : pointer) : `, ${parameter}`;

const textOf = ({ message, detail }: ProblemEntry) => message ?? detail ?? '';

function pointed(
  colors: Colors,
  line: number,
  column: number,
  source: string,
  paint: (text: string) => string,
): string[] {
  const number = String(line);
  const bar = colors.dim('|');
  const before = Array.from(source)
    .slice(0, column - 1)
    .map((char) => (char === '\t' ? '  ' : ' '));
  return [
    `  ${colors.dim(number)} ${bar} ${source}`,
    `  ${' '.repeat(number.length)} ${bar} ${before.join('')}${paint('^')}`,
  ];
}

const suggested = (colors: Colors, suggestion: string) =>
  suggestion.split('\n').map((line, index) => `  ${index === 0 ? colors.cyan('write:') : '      '} ${line}`);

/** `base.md: 2 errors, .backstay.yaml: 1 error`: what is wrong, by the file that it stands in. */
export function countByFile(problems: readonly ProblemEntry[], document: string): string {
  const files = [...new Set(problems.map((problem) => placeOf(problem, document)))];
  if (files.length === 0) return `${document}: no problems`;
  return files
    .map((file) => `${file}: ${countOf(problems.filter((problem) => placeOf(problem, document) === file))}`)
    .join('; ');
}

const placeOf = ({ file, of }: ProblemEntry, document: string): string =>
  file ?? (of === 'request' ? 'the request' : document);

/** `2 errors, 1 warning` */
export function countOf(problems: readonly ProblemEntry[]): string {
  const errors = problems.filter(({ severity = 'error' }) => severity === 'error').length;
  const warnings = problems.length - errors;
  const counts = [counted(errors, 'error'), counted(warnings, 'warning')].filter(Boolean);
  return counts.join(', ') || 'no problems';
}

const counted = (count: number, noun: string) => (count === 0 ? '' : `${count} ${noun}${count === 1 ? '' : 's'}`);
