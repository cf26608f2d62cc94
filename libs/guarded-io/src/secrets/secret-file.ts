import { readFileSync, statSync } from 'node:fs';
import { NotUtf8, readAssigned, utf8Text, writtenYaml, yamlProblems } from '@backstay/document';
import { isMap, isScalar } from 'yaml';
import { UnreadableSecretFile } from './errors.ts';

const MAX_BYTES = 1024 * 1024;
const namePattern = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** A secret as the file writes it, and where it begins. */
type Entry = { name: string; value: string; offset: number };

/** What is wrong at a place of the file, without anything of its content. */
class Mistake extends Error {
  constructor(
    readonly offset: number,
    why: string,
  ) {
    super(why);
  }
}

/**
 * Reads `KEY=value` lines, or a JSON or YAML map of names to texts; every value is the text that stands in the file.
 * Throws `UnreadableSecretFile`, which names the line, when any part of the file is not understood.
 */
export function readSecretFile(path: string): Map<string, string> {
  const text = read(path);
  try {
    return onceEach(isMapText(text) ? entriesOfMap(text) : entriesOfLines(text));
  } catch (error) {
    if (!(error instanceof Mistake)) throw error;
    throw new UnreadableSecretFile(path, `cannot be used: line ${lineAt(text, error.offset)}: ${error.message}`);
  }
}

/** What is wrong with the permissions of the file, as a sentence; undefined when only its owner may read it. */
export function permissionWarning(path: string): string | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) return `the secrets file ${path} does not exist`;
  const mode = stat.mode & 0o777;
  if (process.platform === 'win32' || (mode & 0o077) === 0) return undefined;
  return `the secrets file ${path} has mode 0${mode.toString(8)}; others can read it, 0600 is expected`;
}

function read(path: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new UnreadableSecretFile(path, `cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
  if (bytes.length > MAX_BYTES) throw new UnreadableSecretFile(path, 'is larger than 1 MiB');
  try {
    return utf8Text(bytes);
  } catch (error) {
    if (error instanceof NotUtf8) throw new UnreadableSecretFile(path, `is ${error.message}`);
    throw error;
  }
}

/** The first line decides: a map begins with `{`, `KEY:` or YAML's own `---` and `%`. */
function isMapText(text: string): boolean {
  const first = text.split('\n').find((line) => !/^\s*(?:#|$)/.test(line)) ?? '';
  return /^\s*\{|^(?:---|%)|^[^=]*:(?:\s|$)/.test(first);
}

function* entriesOfLines(text: string): Generator<Entry> {
  const nothing = /[ \t]*(?:#[^\n]*)?(?:\r?\n|$)/y;
  const assignment = /[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)=/y;
  for (let offset = 0; offset < text.length;) {
    nothing.lastIndex = assignment.lastIndex = offset;
    if (nothing.test(text)) {
      offset = nothing.lastIndex;
      continue;
    }
    const name = assignment.exec(text)?.[1];
    if (name === undefined)
      throw new Mistake(offset, 'expected KEY=value, where KEY has letters, digits and _ alone, or a comment');
    const read = readAssigned(text, assignment.lastIndex);
    if (!read.ok) throw new Mistake(read.at, read.message);
    yield { name, value: read.value, offset };
    offset = read.end;
  }
}

function* entriesOfMap(text: string): Generator<Entry> {
  const document = writtenYaml(text);
  // The parser's messages may quote the file; its codes do not, and no more do messages of ours.
  for (const { offset, code, message } of yamlProblems(document)) {
    const isOurs = code === 'MULTIPLE_DOCS' || code === 'TOO_LARGE' || code === 'TOO_DEEP';
    const reason = isOurs ? message : code.toLowerCase().replaceAll('_', ' ');
    throw new Mistake(offset, isOurs ? reason : `neither JSON nor YAML (${reason})`);
  }
  const { contents } = document;
  if (!isMap(contents)) throw new Mistake(contents?.range?.[0] ?? 0, 'expected a map of names to values');
  for (const { key, value } of contents.items) {
    const offset = isScalar(key) ? (key.range?.[0] ?? 0) : 0;
    if (!isScalar(key) || typeof key.value !== 'string' || !namePattern.test(key.value))
      throw new Mistake(offset, 'expected a name of letters, digits and _ alone');
    if (!isScalar(value) || typeof value.value !== 'string')
      throw new Mistake(offset, 'expected a text behind the name; one that is empty, null or ~ stands in quotes');
    yield { name: key.value, value: value.value, offset };
  }
}

function onceEach(entries: Iterable<Entry>): Map<string, string> {
  const values = new Map<string, string>();
  for (const { name, value, offset } of entries) {
    if (values.has(name)) throw new Mistake(offset, 'the same name stands in an earlier line; remove one of them');
    values.set(name, value);
  }
  return values;
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}
