/** What stands behind the `=` of a `KEY=value` line, as in a `.env` file; `end` is the offset behind the line's last character. */
export type AssignedValue =
  | { readonly ok: true; readonly value: string; readonly end: number }
  | { readonly ok: false; readonly at: number; readonly message: string };

/** Why a value cannot be read; none of them contains any of it. */
const mistakes = {
  unclosed:
    'no quote ends the value that begins with this one; close it in the same line, or write \\" for a quote inside',
  forgotten:
    'the quote that begins here ends in a later line, behind another KEY=; close it, or write \\n for a line break',
  behind: 'expected the end of the line, or a comment as in KEY="value" # comment, behind the closing quote',
  escape: 'no escape begins with this backslash; write \\\\ for a backslash, or use single quotes',
  unpaired: 'this quote neither begins nor ends a value in quotes; write the whole value in quotes',
  control: 'a control character stands here; write \\n, \\r or \\t in double quotes',
};

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\' };

/**
 * Reads a value: bare up to a comment (` #`), in single quotes as it stands, or in double quotes with `\n`, `\r`, `\t`, `\"` and
 * `\\`. A quoted value may span several lines where the text has them.
 */
export function readAssigned(text: string, start: number): AssignedValue {
  const opening = endOf(/[ \t]*/y, text, start);
  return text[opening] === '"' || text[opening] === "'" ? readQuoted(text, opening) : readBare(text, start);
}

/** The value as `readAssigned` reads it again, in one line: bare where that is enough and allowed. */
export function writeAssigned(value: string, mayBeBare = true): string {
  const bare = readAssigned(value, 0);
  if (mayBeBare && bare.ok && bare.value === value && bare.end === value.length) return value;
  const written = (character: string): string =>
    `\\${Object.keys(escapes).find((name) => escapes[name] === character)}`;
  return `"${value.replace(/[\n\r\t"\\]/g, written)}"`;
}

function readQuoted(text: string, opening: number): AssignedValue {
  const isDouble = text[opening] === '"';
  const closing = endOf(isDouble ? /"(?:[^"\\]|\\[^])*"/y : /'[^']*'/y, text, opening);
  if (closing === opening) return mistaken('unclosed', opening);
  const content = text.slice(opening + 1, closing - 1);
  const end = endOf(/[ \t]+#[^\n]*|[ \t]*(?=\r?\n|$)/y, text, closing);
  const lineEnd = text.indexOf('\n', closing);
  const [, ...later] = text.slice(opening, lineEnd < 0 ? undefined : lineEnd).split('\n');
  if (later.some(assigns)) return mistaken('forgotten', opening);
  if (end === closing && !/^(?:\r?\n|$)/.test(text.slice(closing, closing + 2))) return mistaken('behind', closing);
  if (!isDouble) return { ok: true, value: content, end };
  const unknown = /(?:^|[^\\])(?:\\\\)*(\\[^nrt"\\])/.exec(content);
  if (unknown) return mistaken('escape', opening + 1 + unknown.index + unknown[0].length - 2);
  return { ok: true, value: content.replace(/\\(.)/g, (_, name: string) => escapes[name]!), end };
}

function readBare(text: string, start: number): AssignedValue {
  const end = endOf(/[^\r\n]*(?:\r(?!\n)[^\r\n]*)*/y, text, start);
  const line = text.slice(start, end);
  const value = line.replace(/[ \t]#.*$/s, '').replace(/^[ \t]+|[ \t]+$/g, '');
  const unpaired = ['"', "'"].find((quote) => value.endsWith(quote) || isOdd(value, quote) || losesQuote(line, quote));
  if (unpaired !== undefined) return mistaken('unpaired', start + line.indexOf(unpaired));
  const control = value.search(/[^\P{Cc}\t]/u);
  if (control >= 0) return mistaken('control', start + line.indexOf(value) + control);
  return { ok: true, value, end };
}

function isOdd(text: string, quote: string): boolean {
  return text.split(quote).length % 2 === 0;
}

/** Whether the comment may be the rest of a value whose opening quote is missing; an apostrophe in a comment is usual. */
function losesQuote(line: string, quote: string): boolean {
  return isOdd(line, quote) && (quote === '"' || line.trimEnd().endsWith(quote));
}

/** Whether a line inside of quotes is what follows a quote that somebody forgot; the padding of base64 is not. */
function assigns(line: string): boolean {
  return /^\s*(?:export\s+)?[A-Za-z_]\w*=(?!=?["']?\s*$)/.test(line);
}

function mistaken(mistake: keyof typeof mistakes, at: number): AssignedValue {
  return { ok: false, at, message: mistakes[mistake] };
}

function endOf(pattern: RegExp, text: string, offset: number): number {
  pattern.lastIndex = offset;
  return pattern.test(text) ? pattern.lastIndex : offset;
}
