import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { usage } from '../failure.ts';
import type { World } from '../world.ts';

/** The text of a file that a person named; `-` is standard input. @throws Failure when it cannot be read */
export async function readNamed({ directory }: World, file: string): Promise<string> {
  if (file === '-') return text(process.stdin);
  const found = await readIfThere({ directory }, file);
  if (found === undefined) throw usage(`${file} does not exist`);
  return found;
}

/** Undefined when there is no such file. @throws Failure when it cannot be read */
export async function readIfThere({ directory }: Pick<World, 'directory'>, file: string): Promise<string | undefined> {
  try {
    return await readFile(resolve(directory, file), 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw usage(`${file} cannot be read: ${code === 'EISDIR' ? 'it is a folder' : code}`);
  }
}
