import { expectedOneOf } from '../problems/expected.ts';
import { isMap, isScalar } from 'yaml';
import { writtenYaml } from '../context/written-yaml.ts';
import type { DeploymentDocument } from './document.ts';
import type { Problem } from '../problems/problem.ts';
import { Report } from '../problems/report.ts';
import { byteLength, normalised } from '../markdown/source.ts';
import type { Place } from '../markdown/span.ts';
import { budgets } from '../values/budgets.ts';

/** The document, or the complete list of what is wrong with it; problems in line order. */
export type Parsed =
  | { readonly ok: true; readonly document: DeploymentDocument; readonly warnings: Problem[] }
  | {
      readonly ok: false;
      readonly problems: Problem[];
      /** What could be read in spite of the problems: enough to know what it needs beside itself, never to plan it. */
      readonly understood?: DeploymentDocument;
    };

/** One version of the language. A version is never changed: what a document meant when it was stored, it means for ever. */
export interface Grammar {
  readonly version: number;
  /** Reads a text that is not too large and has `\n` as its only line ending. */
  readonly parse: (source: string) => Parsed;
}

/** What a document means that names no version. */
const usualVersion = '1';

/** Reads a document under the version that it names itself, however many versions came after. */
export function readUnder(grammars: readonly Grammar[], text: string): Parsed {
  const report = new Report();
  if (byteLength(text) > budgets.document.bytes) {
    report.error({ line: 1, column: 1 }, 'too-large', 'a document has at most 256 KiB');
    return { ok: false, problems: report.problems };
  }
  const source = normalised(text);
  const { version, place } = namedVersion(source);
  const grammar = grammars.find((each) => String(each.version) === version);
  if (grammar) return grammar.parse(source);
  const known = expectedOneOf(grammars.map((each) => `\`deployment: ${each.version}\``));
  const message = `this is not a version of the language; ${known}, and no front matter means ${usualVersion}`;
  report.error(place, 'grammar-version', message, `deployment: ${usualVersion}`);
  return { ok: false, problems: report.problems };
}

/** What `deployment:` in the front matter says. Front matter that cannot be read is for the usual version to report. */
function namedVersion(source: string): { version: unknown; place: Place } {
  const start = { line: 1, column: 1 };
  const front = /^---[ \t]*\n([\s\S]*?\n)---[ \t]*(?:\n|$)/.exec(source)?.[1];
  const entry = front === undefined ? undefined : versionEntry(front);
  if (front === undefined || !entry) return { version: usualVersion, place: start };
  const { value, offset } = entry;
  const before = front.slice(0, offset).split('\n');
  return { version: value, place: { line: before.length + 1, column: before.at(-1)!.length + 1 } };
}

function versionEntry(front: string): { value: unknown; offset: number } | undefined {
  try {
    const { contents, errors } = writtenYaml(front);
    if (errors.length > 0 || !isMap(contents)) return undefined;
    const pair = contents.items.find(({ key }) => isScalar(key) && key.value === 'deployment');
    if (!pair || !isScalar(pair.key)) return undefined;
    const value = isScalar(pair.value) ? pair.value : undefined;
    return { value: value?.type === 'PLAIN' ? value.value : undefined, offset: (value ?? pair.key).range?.[0] ?? 0 };
  } catch {
    return undefined;
  }
}
