import { query, type JsonValue } from 'jsonpath-rfc9535';

/** A JSONPath that is not one by RFC 9535. */
export class InvalidJsonPath extends Error {
  override readonly name = 'InvalidJsonPath';

  constructor(readonly path: string) {
    super(`\`${path}\` is not a JSONPath`);
  }
}

/** What the path selects. Throws `InvalidJsonPath`. */
export function select(document: unknown, path: string): unknown[] {
  try {
    return query(document as JsonValue, path);
  } catch {
    throw new InvalidJsonPath(path);
  }
}

/** Whether a text is a JSONPath by RFC 9535. */
export function isJsonPath(path: string): boolean {
  try {
    return select(null, path).length >= 0;
  } catch {
    return false;
  }
}

/**
 * How many things the path selects. A path that can select one thing only and leads to an array asks for its length, so
 * that an empty list never counts as one.
 */
export function count(document: unknown, path: string): number {
  const nodes = select(document, path);
  const only = nodes.length === 1 && !canSelectMany(path) ? nodes[0] : undefined;
  return Array.isArray(only) ? only.length : nodes.length;
}

function canSelectMany(path: string): boolean {
  return /\.\.|[*?:,]/.test(path.replace(/'(\\.|[^'\\])*'|"(\\.|[^"\\])*"/g, ''));
}

/** The parsed text; undefined where it is not JSON, which no JSON text parses to. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
