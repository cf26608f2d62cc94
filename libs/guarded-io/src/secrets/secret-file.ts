import { readFileSync, statSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { UnreadableSecretFile } from './errors.ts';

const MAX_BYTES = 1024 * 1024;
const mapSchema = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]).transform(String));

/** Reads `KEY=value` lines, or a JSON or YAML map of scalars. Throws `UnreadableSecretFile`. */
export function readSecretFile(path: string): Map<string, string> {
  const text = read(path);
  return isLines(text) ? parseLines(text) : parseMap(path, text);
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
  return bytes.toString('utf8').replace(/^\uFEFF/, '');
}

const contentLines = (text: string) => text.split(/\r?\n/).filter((line) => line.trim() !== '' && !/^\s*#/.test(line));

/** The first line decides: `KEY=` begins a file of lines; a map begins with `{` or `KEY:`. */
function isLines(text: string): boolean {
  return /^\s*(export\s+)?[A-Za-z_][A-Za-z0-9_]*=/.test(contentLines(text)[0] ?? '');
}

function parseLines(text: string): Map<string, string> {
  return new Map(
    contentLines(text).flatMap((line) => {
      const found = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)$/.exec(line);
      return found ? [[found[1]!, unquoted(found[2]!)] as const] : [];
    }),
  );
}

function unquoted(value: string): string {
  const trimmed = value.trim();
  return /^(["']).*\1$/.test(trimmed) && trimmed.length > 1 ? trimmed.slice(1, -1) : trimmed;
}

function parseMap(path: string, text: string): Map<string, string> {
  const parsed = mapSchema.safeParse(quietly(() => parse(text) ?? {}));
  if (!parsed.success)
    throw new UnreadableSecretFile(path, 'is neither KEY=value lines nor a JSON or YAML map of names to values');
  return new Map(Object.entries(parsed.data));
}

function quietly(read: () => unknown): unknown {
  try {
    return read();
  } catch {
    return undefined;
  }
}
