import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  visit,
  type Document,
  type Node,
  type Pair,
  type YAMLMap,
} from 'yaml';
import type { z } from 'zod';
import { issueMessage } from '../problems/issue-message.ts';
import { knownKeys } from '../problems/known-keys.ts';
import { expectedOneOf } from '../problems/expected.ts';
import { didYouMean, nearest } from '../problems/nearest.ts';
import type { Report } from '../problems/report.ts';
import { byteLength } from '../markdown/source.ts';
import { Span, type Place } from '../markdown/span.ts';
import { budgets } from '../values/budgets.ts';
import { encodingProblem, NotUtf8, utf8Text } from '../values/utf8.ts';
import { writtenYaml, yamlProblems } from './written-yaml.ts';

type Path = readonly PropertyKey[];

/** A YAML file whose shape has been checked, and which knows where each of its values stands. */
export class YamlFile<Value> {
  readonly #pairs = new WeakMap<YAMLMap, ReadonlyMap<string, Pair>>();

  private constructor(
    readonly value: Value,
    private readonly document: Document,
    private readonly lines: LineCounter,
  ) {}

  /** Reads a file; reports what is not YAML or has another shape, and then returns nothing. Never throws. */
  static read<Value>(
    source: string | Uint8Array,
    schema: z.ZodType<Value>,
    report: Report,
  ): YamlFile<Value> | undefined {
    const text = textOf(source, report);
    if (text === undefined) return undefined;
    if (byteLength(text) > budgets.yaml.bytes)
      return report.error({ line: 1, column: 1 }, 'too-large', 'a file has at most 256 KiB');
    try {
      return YamlFile.#read(text, schema, report);
    } catch (error) {
      return report.error(
        { line: 1, column: 1 },
        'yaml',
        error instanceof Error ? error.message : 'the file cannot be read',
      );
    }
  }

  static #read<Value>(text: string, schema: z.ZodType<Value>, report: Report): YamlFile<Value> | undefined {
    const lines = new LineCounter();
    const document = writtenYaml(disguised(text), lines);
    for (const { offset, message } of yamlProblems(document))
      report.error(placeAt(lines, offset), 'yaml', adviceOn(plain(message)));
    if (report.errorCount > 0) return undefined;
    visit(document, { Scalar: (_key, node) => void (node.value = plain(node.value)) });
    const parsed = schema.safeParse(document.toJS({ maxAliasCount: -1 }) ?? {}, { error: issueMessage });
    const file = new YamlFile(parsed.data as Value, document, lines);
    if (parsed.success) return file;
    for (const issue of ownIssues(parsed.error.issues, schema)) file.#reportIssue(issue, schema, report);
    return undefined;
  }

  /** The place of a value; that of its nearest parent where it is absent. */
  place(path: Path): Place {
    for (let length = path.length; length >= 0; length--) {
      const offset = this.#node(path.slice(0, length))?.range?.[0];
      if (offset !== undefined) return placeAt(this.lines, offset);
    }
    return { line: 1, column: 1 };
  }

  /** A text value with its place, so that findings inside of it have one. */
  span(path: Path): Span {
    const node = this.#node(path);
    const { line, column } = this.place(path);
    const quoted = isScalar(node) && (node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE');
    return new Span(isScalar(node) ? String(node.value) : '', line, column + (quoted ? 1 : 0));
  }

  #node(path: Path): Node | undefined {
    let node = this.document.contents as Node | null | undefined;
    for (const key of path) {
      if (isAlias(node)) node = node.resolve(this.document);
      if (isMap(node)) node = this.#pair(node, key)?.value as Node | null | undefined;
      else node = isSeq(node) ? (node.items[Number(key)] as Node | undefined) : undefined;
    }
    return node ?? undefined;
  }

  /** Found by an index: a file with thousands of problems asks for thousands of places. */
  #pair(map: YAMLMap, key: PropertyKey): Pair | undefined {
    let pairs = this.#pairs.get(map);
    if (!pairs) {
      pairs = new Map(map.items.map((pair) => [isScalar(pair.key) ? String(pair.key.value) : '', pair]));
      this.#pairs.set(map, pairs);
    }
    return pairs.get(String(key));
  }

  #reportIssue(issue: z.core.$ZodIssue, schema: z.ZodType, report: Report): void {
    if (issue.code !== 'unrecognized_keys') {
      const where = issue.path.length > 0 ? `\`${issue.path.join('.')}\`: ` : '';
      const at = issue.code === 'invalid_key' ? this.keyPlace(issue.path) : this.place(issue.path);
      return report.error(at, 'bad-value', `${where}${explained(issue)}`);
    }
    const known = knownKeys(schema, issue.path);
    for (const key of issue.keys) {
      const message = `\`${key}\` has no meaning here; ${expectedOneOf(known)}${didYouMean(key, known)}`;
      report.error(this.keyPlace([...issue.path, key]), 'unknown-key', message, nearest(key, known));
    }
  }

  /** The place of a key. */
  keyPlace(path: Path): Place {
    const parent = this.#node(path.slice(0, -1));
    const key = isMap(parent) && path.length > 0 ? this.#pair(parent, path.at(-1)!)?.key : undefined;
    const offset = isScalar(key) ? key.range?.[0] : undefined;
    return offset === undefined ? this.place(path) : placeAt(this.lines, offset);
  }
}

function textOf(source: string | Uint8Array, report: Report): string | undefined {
  try {
    return typeof source === 'string' ? source : utf8Text(source);
  } catch (error) {
    if (!(error instanceof NotUtf8)) throw error;
    return report.error(error, 'encoding', encodingProblem(error).message);
  }
}

/** `${NAME}` may stand in a text without quotes, also inside of `{ }` and `[ ]`, where YAML takes its braces for its own. */
function disguised(text: string): string {
  return text.replace(/\$\{([^{}\s]*)\}/g, '$\uE001$1\uE002');
}

function plain<Value>(value: Value): Value | string {
  return typeof value === 'string' ? value.replace(/\$\uE001([^\uE001\uE002]*)\uE002/g, '${$1}') : value;
}

/** Without the keys that are missing because they stand there misspelt. */
function ownIssues(issues: readonly z.core.$ZodIssue[], schema: z.ZodType): z.core.$ZodIssue[] {
  const misspelt = new Set(
    issues.flatMap((issue) => {
      if (issue.code !== 'unrecognized_keys') return [];
      const known = knownKeys(schema, issue.path);
      return issue.keys.map((key) => JSON.stringify([...issue.path, nearest(key, known)]));
    }),
  );
  return issues.filter(({ path }) => !misspelt.has(JSON.stringify(path)));
}

function explained(issue: z.core.$ZodIssue): string {
  return issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? issue.message) : issue.message;
}

/** The usual reason is a text with `: ` in it, as `webhook <secret: NAME>`. */
function adviceOn(message: string): string {
  return /nested mappings/i.test(message) ? `${message}; a text with “: ” in it stands in quotes` : message;
}

function placeAt(lines: LineCounter, offset: number): Place {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}
