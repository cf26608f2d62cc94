import { createContext, Script } from 'node:vm';
import { BudgetExceeded, budgets, readJson, readWrittenJson, utf8Text, type WrittenJson } from '@backstay/document';
import { exec, type JsonValue, type Path } from 'jsonpath-rfc9535';
import { withOrderedDoubles } from './ordered-doubles.ts';
import type { HttpResponse } from './ports.ts';

/** A JSONPath that is not one by RFC 9535. */
export class InvalidJsonPath extends Error {
  override readonly name = 'InvalidJsonPath';

  constructor(readonly path: string) {
    super(`\`${path}\` is not a JSONPath`);
  }
}

/** A JSONPath that does not come to its end over a reply. */
export class EndlessJsonPath extends BudgetExceeded {
  override readonly name = 'EndlessJsonPath';

  constructor(path: string) {
    super(`\`${path}\` takes more than ${budgets.path.ms} ms on this reply; write a narrower path`);
  }
}

/** What the path selects, its numbers as they are written. Throws `InvalidJsonPath`, `EndlessJsonPath` and `CrowdedNumbers`. */
export function select(json: WrittenJson, path: string): unknown[] {
  const searched = withOrderedDoubles(json, path);
  const found: unknown[] = [];
  const collect = (value: JsonValue, at: Path) =>
    void found.push(searched === json.written ? value : nodeAt(json.written, at));
  const run = () => exec(searched as JsonValue, path, collect);
  try {
    if (mayBranch.test(path)) withinTime(run);
    else run();
    return found;
  } catch (error) {
    const isEndless = (error as { code?: unknown }).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
    throw isEndless ? new EndlessJsonPath(path) : new InvalidJsonPath(path);
  }
}

function nodeAt(json: unknown, path: Path): unknown {
  return path.reduce<unknown>((node, key) => (node as Record<string | number, unknown>)[plainKey(key)], json);
}

const escapes: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/** The library's paths have names escaped as a normalised path writes them (RFC 9535, section 2.7). */
function plainKey(key: string | number): string | number {
  if (typeof key === 'number') return key;
  return key.replace(/\\(?:u([0-9a-f]{4})|(.))/gi, (_, code: string | undefined, name: string) =>
    code === undefined ? (escapes[name] ?? name) : String.fromCharCode(parseInt(code, 16)),
  );
}

/** Descendants, and expressions in filters; any other path ends with the reply. */
const mayBranch = /\.\.|\?/;

const script = new Script('run()');

/** Steps of an engine of expressions cannot be counted. */
function withinTime(run: () => void): void {
  script.runInContext(createContext({ run }), { timeout: budgets.path.ms });
}

/** Whether a text is a JSONPath by RFC 9535. */
export function isJsonPath(path: string): boolean {
  try {
    return select({ plain: null, written: null }, path).length >= 0;
  } catch {
    return false;
  }
}

/**
 * How many things the path selects. A path that can select one thing only and leads to an array asks for its length, so
 * that an empty list never counts as one.
 */
export function count(document: WrittenJson, path: string): number {
  const nodes = select(document, path);
  const only = nodes.length === 1 && !canSelectMany(path) ? nodes[0] : undefined;
  return Array.isArray(only) ? only.length : nodes.length;
}

function canSelectMany(path: string): boolean {
  return /\.\.|[*?:,]/.test(path.replace(/'(\\.|[^'\\])*'|"(\\.|[^"\\])*"/g, ''));
}

/** The text of a body, from which values are read. @throws {NotUtf8} */
export function textOfBody({ body, content }: Pick<HttpResponse, 'body' | 'content'>): string {
  return content === undefined ? body : utf8Text(content);
}

/** The parsed text; undefined where it is not JSON, which no JSON text parses to. */
export function parsedJson(text: string): unknown {
  try {
    return readJson(text);
  } catch {
    return undefined;
  }
}

/** The same with its numbers as they are written. */
export function writtenJson(text: string): WrittenJson | undefined {
  try {
    return readWrittenJson(text);
  } catch {
    return undefined;
  }
}
