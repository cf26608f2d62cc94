import {
  isScalar,
  LineCounter,
  parseDocument,
  visit,
  YAMLParseError,
  type Document,
  type ErrorCode,
  type YAMLMap,
} from 'yaml';
import { budgets } from '../values/budgets.ts';
import { boundlessAliasAt, tooDeepAt, tooMuchAt } from './yaml-budget.ts';

/**
 * Reads YAML so that each scalar is the text that stands there: `0042`, `1.10`, `0x1F` and `yes` arrive as they are written. Only
 * `null`, `~` and nothing at all are no value. A text is one document. What is wrong with the file is in `yamlProblems`.
 */
export function writtenYaml(text: string, lineCounter = new LineCounter()): Document.Parsed {
  const written = { schema: 'failsafe' as const, customTags: ['null' as const] };
  // The parser's own search for keys that stand twice compares each with each.
  const options = { ...written, lineCounter, prettyErrors: false, uniqueKeys: false } as const;
  const beyond = beyondBudget(text);
  if (beyond !== undefined) return unparsed(text, beyond, options);
  const document = parseDocument(text, options);
  for (const error of document.errors)
    if (error.code === 'MULTIPLE_DOCS') error.message = 'a second document begins here; a file is one document';
  document.errors.push(...keysThatStandTwice(document));
  document.errors.sort((one, other) => one.pos[0] - other.pos[0]);
  const alias = document.errors.length > 0 ? undefined : boundlessAliasAt(document);
  const message = 'what aliases stand for is more than is read; write the values themselves';
  if (alias !== undefined) document.errors.push(problemAt(alias, 'TOO_LARGE', message));
  return document;
}

/** Why the parser would not come back in time; counted before it is asked. */
function beyondBudget(text: string): YAMLParseError | undefined {
  const { depth, tokens } = budgets.yaml;
  const deep = tooDeepAt(text);
  if (deep !== undefined)
    return problemAt(deep, 'TOO_DEEP', `nested too deeply: more than ${depth} levels; write it flatter`);
  const much = tooMuchAt(text);
  if (much === undefined) return undefined;
  return problemAt(much, 'TOO_LARGE', `more than ${tokens} words and marks up to here; write less into one file`);
}

/** A document without content, for what is not given to the parser. */
function unparsed(
  text: string,
  problem: YAMLParseError,
  options: { readonly lineCounter: LineCounter },
): Document.Parsed {
  const document = parseDocument('', options);
  const before = text.slice(0, problem.pos[0]);
  options.lineCounter.lineStarts = [0, ...[...before.matchAll(/\n/g)].map(({ index }) => index + 1)];
  document.errors.push(problem);
  return document;
}

function keysThatStandTwice(document: Document.Parsed): YAMLParseError[] {
  const found: YAMLParseError[] = [];
  const examine = ({ items }: YAMLMap): void => {
    const names = new Set<unknown>();
    for (const { key } of items) {
      if (!isScalar(key)) continue;
      if (names.has(key.value)) found.push(problemAt(key.range?.[0] ?? 0, 'DUPLICATE_KEY', 'Map keys must be unique'));
      names.add(key.value);
    }
  };
  visit(document, { Map: (_key, map) => examine(map) });
  return found;
}

function problemAt(offset: number, code: string, message: string): YAMLParseError {
  return new YAMLParseError([offset, offset + 1], code as ErrorCode, message);
}

export interface YamlProblem {
  readonly offset: number;
  /** The parser's own, such as `DUPLICATE_KEY`; contains nothing of the file, as the message may. */
  readonly code: string;
  readonly message: string;
}

/** What cannot be read, in order. A key that stands twice leaves the rest readable; what follows any other problem follows from it. */
export function yamlProblems(document: Document.Parsed): YamlProblem[] {
  const found = [...document.errors, ...document.warnings].map(({ pos, code, message }) => ({
    offset: /closing .*quote/i.test(message) ? openingQuote(document, pos[0]) : pos[0],
    code,
    message,
  }));
  const first = found.findIndex(({ code }) => code !== 'DUPLICATE_KEY');
  return first < 0 ? [...found, ...keysThatAreNone(document)] : found.slice(0, first + 1);
}

/** Where the quote stands that nothing closes before the end. */
function openingQuote(document: Document, end: number): number {
  let opening = end;
  visit(document, {
    Scalar: (_key, { type, range }) => {
      if (type?.startsWith('QUOTE_') && range && range[0] < end) opening = range[0];
    },
  });
  return opening;
}

/** A map or nothing as a key, and the one name that objects keep for themselves. */
function keysThatAreNone(document: Document): YamlProblem[] {
  const found: YamlProblem[] = [];
  visit(document, {
    Pair: (_key, { key }) => {
      if (isScalar(key) && key.value !== null && key.value !== '__proto__') return;
      const [offset = 0] = (key as { range?: [number] } | null)?.range ?? [];
      found.push({ offset, code: 'BAD_KEY', message: 'expected a text as key, other than __proto__' });
    },
  });
  return found;
}
