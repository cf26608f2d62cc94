import { isScalar, LineCounter, parseDocument, visit, YAMLParseError, type Document, type ErrorCode } from 'yaml';
import { budgets } from '../values/budgets.ts';
import { boundlessAliasAt, tooDeepAt } from './yaml-budget.ts';

/**
 * Reads YAML so that each scalar is the text that stands there: `0042`, `1.10`, `0x1F` and `yes` arrive as they are written. Only
 * `null`, `~` and nothing at all are no value. What is wrong with the file is in `yamlProblems`.
 */
export function writtenYaml(text: string, lineCounter = new LineCounter()): Document.Parsed {
  const written = { schema: 'failsafe' as const, customTags: ['null' as const] };
  const offset = tooDeepAt(text);
  const options = { ...written, lineCounter, prettyErrors: false, logLevel: 'silent' } as const;
  if (offset !== undefined) return unparsed(text, offset, options);
  const document = parseDocument(text, options);
  const alias = document.errors.length > 0 ? undefined : boundlessAliasAt(document);
  const message = 'what aliases stand for is more than is read; write the values themselves';
  if (alias !== undefined) document.errors.push(problemAt(alias, 'TOO_LARGE', message));
  return document;
}

/** A document without content: the parser would not come back in time. */
function unparsed(text: string, offset: number, options: { readonly lineCounter: LineCounter }): Document.Parsed {
  const document = parseDocument('', options);
  options.lineCounter.lineStarts = [0, ...[...text.slice(0, offset).matchAll(/\n/g)].map(({ index }) => index + 1)];
  const message = `nested too deeply: more than ${budgets.yaml.depth} levels; write it flatter`;
  document.errors.push(problemAt(offset, 'TOO_DEEP', message));
  return document;
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
