import { isScalar, LineCounter, parseDocument, visit, type Document } from 'yaml';

/**
 * Reads YAML so that each scalar is the text that stands there: `0042`, `1.10`, `0x1F` and `yes` arrive as they are written. Only
 * `null`, `~` and nothing at all are no value. What is wrong with the file is in `yamlProblems`.
 */
export function writtenYaml(text: string, lineCounter = new LineCounter()): Document.Parsed {
  const written = { schema: 'failsafe' as const, customTags: ['null' as const] };
  return parseDocument(text, { ...written, lineCounter, prettyErrors: false, logLevel: 'silent' });
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
