import { codeContent, match, pattern } from '../markdown/code-spans.ts';
import type { Value } from '../reading/forms.ts';
import { didYouMean } from '../problems/nearest.ts';
import type { Request } from '../plan/values.ts';
import { headerProblem } from './reserved-names.ts';
import { listed } from '../problems/issue-message.ts';
import type { Reading } from '../reading/reading.ts';
import type { Report } from '../problems/report.ts';
import { NameTwice, NotJson, readJson } from './json-text.ts';
import type { Place, Span } from '../markdown/span.ts';

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
const requestPattern = pattern(String.raw`(?<method>[A-Za-z]+) (?<url>CODE|\S+)`);
const allInCode = /^([A-Za-z]+)\s+(\S+)$/;

/** Whether a text begins like `POST /path`. */
export function looksLikeRequest(text: string): boolean {
  return /^[A-Z]{3,7}\s+`?(?:\/|https?:|\$\{)/.test(text.replace(/^`/, ''));
}

/** Reads `POST /path` or ``POST `url` ``; the whole may stand in backticks. */
export function readRequest(span: Span, reading: Reading): Request | undefined {
  const inner = codeContent(span);
  const groups = inner && allInCode.test(inner.text) ? match(inner, requestPattern) : match(span, requestPattern);
  if (!groups)
    return reading.report.error(span, 'bad-value', `expected a method and a path, as GET /health, not “${span.text}”`);
  const method = groups['method']!.text.toUpperCase();
  if (!methods.includes(method)) {
    const message = `“${groups['method']!.text}” is no HTTP method; expected ${listed(methods)}${didYouMean(method, methods)}`;
    return reading.report.error(groups['method']!, 'bad-value', message);
  }
  const path = readAddress(groups['url']!, reading);
  return path === undefined ? undefined : { method, path };
}

function readAddress(span: Span, reading: Reading): string | undefined {
  const value = reading.bare(span);
  if (!value.text.startsWith('/')) return reading.url(span);
  return reading.text(value).text;
}

const headerPattern = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):\s*(.*)$/;

/** Reads `Name: value` in backticks. */
export function readHeader(span: Span, reading: Reading): [name: string, value: string] | undefined {
  const text = reading.code(span, 'a header', '`Accept: application/json`');
  const found = text && headerPattern.exec(text.text);
  if (text && !found) return reading.report.error(text, 'bad-value', 'expected `Name: value`');
  const refused = found ? headerProblem(found[1]!) : undefined;
  if (text && refused !== undefined) return reading.report.error(text, 'bad-value', refused);
  return found ? [found[1]!, found[2]!] : undefined;
}

/** Reads a body in backticks or in a fence; one that begins like JSON must be JSON. */
export function readBody({ span, line }: Value, reading: Reading): string | undefined {
  const [fence] = line.fences;
  const text = fence ? fence.lines.map((each) => reading.text(each).text).join('\n') : readInline(span, reading);
  if (text === undefined) return undefined;
  return checkBody(text, fence?.lines[0] ?? codeContent(span) ?? span, reading.report);
}

/** A body that begins like JSON must be JSON. */
export function checkBody(text: string, at: Place, report: Report): string | undefined {
  const error = /^\s*[{[]/.test(text) ? problemOfJson(text) : undefined;
  if (error === undefined) return text;
  if (error instanceof NameTwice) return report.error(at, 'bad-body', `this body ${error.message}`);
  return report.error(at, 'bad-body', 'this body begins like JSON and is none; names and texts stand in double quotes');
}

function readInline(span: Span, reading: Reading): string | undefined {
  return reading.code(span, 'a body', '`{"key": "value"}`')?.text;
}

/** Why a text is no JSON once its variables have values, be they texts or numbers; another value for each of them. */
function problemOfJson(text: string): NotJson | undefined {
  const variables = new Map<string, string>();
  const valueOf = (variable: string): string => {
    const value = variables.get(variable) ?? `73${variables.size}0407`;
    variables.set(variable, value);
    return value;
  };
  try {
    readJson(text.replace(/\$\{[^}\s]*\}/g, valueOf));
    return undefined;
  } catch (error) {
    if (error instanceof NotJson) return error;
    throw error;
  }
}
