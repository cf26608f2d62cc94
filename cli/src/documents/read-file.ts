import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { encodingProblem, NotUtf8, utf8Text } from '@backstay/document/utf8';
import { exitCodes } from '../exit-codes.ts';
import { Failure, usage } from '../failure.ts';
import type { World } from '../world.ts';

/** The text of a file that a person named; `-` is standard input. @throws Failure when it cannot be read */
export async function readNamed({ directory }: World, file: string): Promise<string> {
  if (file === '-') return textOf(file, await buffer(process.stdin));
  const found = await readIfThere({ directory }, file);
  if (found === undefined) throw usage(`${file} does not exist`);
  return found;
}

/** Undefined when there is no such file. @throws Failure when it cannot be read */
export async function readIfThere({ directory }: Pick<World, 'directory'>, file: string): Promise<string | undefined> {
  try {
    return textOf(file, await readFile(resolve(directory, file)));
  } catch (error) {
    if (error instanceof Failure) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw usage(`${file} cannot be read: ${code === 'EISDIR' ? 'it is a folder' : code}`);
  }
}

function textOf(file: string, bytes: Uint8Array): string {
  try {
    return utf8Text(bytes);
  } catch (error) {
    if (!(error instanceof NotUtf8)) throw error;
    const title = `${file} is ${error.message}`;
    throw new Failure(exitCodes.problems, title, { title, errors: [encodingProblem(error, file)] });
  }
}
