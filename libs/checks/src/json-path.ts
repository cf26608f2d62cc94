import { createContext, Script } from 'node:vm';
import { BudgetExceeded, budgets, readJson } from '@backstay/document';
import { query, type JsonValue } from 'jsonpath-rfc9535';

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

/** What the path selects. Throws `InvalidJsonPath` and `EndlessJsonPath`. */
export function select(document: unknown, path: string): unknown[] {
  const run = () => query(document as JsonValue, path);
  try {
    return mayBranch.test(path) ? withinTime(run) : run();
  } catch (error) {
    const isEndless = (error as { code?: unknown }).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
    throw isEndless ? new EndlessJsonPath(path) : new InvalidJsonPath(path);
  }
}

/** Descendants, and expressions in filters; any other path ends with the reply. */
const mayBranch = /\.\.|\?/;

const script = new Script('run()');

/** Steps of an engine of expressions cannot be counted. */
function withinTime<Result>(run: () => Result): Result {
  return script.runInContext(createContext({ run }), { timeout: budgets.path.ms }) as Result;
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
    return readJson(text);
  } catch {
    return undefined;
  }
}
