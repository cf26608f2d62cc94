import { readFile } from 'node:fs/promises';
import type { CommandOutput } from './outcome.ts';

/** What the command itself wrote, as far as it is on disk: without the lines that the supervisor added. */
export async function ownOutput({ path, notes }: Pick<CommandOutput, 'path' | 'notes'>): Promise<string> {
  const bytes = await readFile(path);
  const ends = [0, ...notes.map(([at, size]) => at + size)];
  const parts = ends.map((from, index) => bytes.subarray(from, notes[index]?.[0] ?? bytes.length));
  return Buffer.concat(parts).toString('utf8');
}

/** Whether the command said this; of a capped output the beginning and the tail are searched. */
export async function outputContains(output: CommandOutput, text: string): Promise<boolean> {
  if ((await ownOutput(output)).includes(text)) return true;
  return output.truncated && output.tail.includes(text);
}
