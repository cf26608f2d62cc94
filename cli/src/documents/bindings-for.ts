import { dirname, isAbsolute, join } from 'node:path';
import { usage } from '../failure.ts';
import type { World } from '../world.ts';
import { readIfThere } from './read-file.ts';

export interface SourceFile {
  readonly file: string;
  readonly text: string;
}

/** The bindings that were named, else `.backstay.yaml` beside the document, when it is there. @throws Failure */
export function bindingsFor(
  world: World,
  document: string,
  named: string | undefined,
): Promise<SourceFile | undefined> {
  return sourceFile(world, named, join(document === '-' ? '.' : dirname(document), '.backstay.yaml'));
}

/** A file that was named must be there; the usual one need not. @throws Failure */
export async function sourceFile(
  world: World,
  named: string | undefined,
  usual?: string,
): Promise<SourceFile | undefined> {
  const file = named ?? usual;
  if (file === undefined) return undefined;
  const text = await readIfThere(world, file);
  if (text === undefined && named !== undefined) throw usage(`${named} does not exist`);
  return text === undefined ? undefined : { file: isAbsolute(file) ? file : file.replace(/^\.\//, ''), text };
}
